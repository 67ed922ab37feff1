#pragma once

#include "lmi/postgres.hpp"
#include "pool/socket_wait.hpp"

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace lmi::postgres {

/// One statement on its way through libpq: says what to wait for, never waits itself. So the blocking and the
/// coroutine query differ in the waiting only.
class Exchange {
 public:
  enum class Need { write, read, nothing };

  Exchange(Connection& connection, const std::string& sql, std::span<const Parameter> parameters);

  /// Goes on as far as it can. `nothing`: outcome() is there.
  Need step();

  /// The socket is readable, or in error.
  void readable();

  /// The wait was given up: the session is left in the middle of the statement.
  void give_up(pool::Readiness why);

  [[nodiscard]] QueryResult<Rows> outcome() &&;
  [[nodiscard]] int socket() const noexcept { return PQsocket(connection_); }

 private:
  struct Clear {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
  };

  void lost();
  void take(std::unique_ptr<PGresult, Clear> result);

  PGconn* const connection_;
  bool sent_ = false;
  bool done_ = false;
  std::unique_ptr<PGresult, Clear> result_;
  std::optional<QueryError> error_;
};

}  // namespace lmi::postgres
