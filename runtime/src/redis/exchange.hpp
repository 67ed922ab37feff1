#pragma once

#include "lmi/redis.hpp"
#include "pool/socket_wait.hpp"

#include <optional>
#include <string>

namespace lmi::redis {

/// One command on its way through hiredis: says what to wait for, never waits itself. So the blocking and the
/// coroutine command differ in the waiting only.
class Exchange {
 public:
  enum class Need { write, read, nothing };

  Exchange(Connection& connection, const Command& command);

  /// Goes on as far as it can. `nothing`: outcome() is there.
  Need step();

  /// The socket is readable, or in error.
  void readable();

  /// The wait was given up: the connection is left in the middle of the exchange.
  void give_up(pool::Readiness why);

  [[nodiscard]] CommandResult<Reply> outcome() &&;
  [[nodiscard]] int socket() const noexcept;

 private:
  [[nodiscard]] bool send_all();
  void lost(std::string why);

  Connection& connection_;
  redisContext* const context_;
  std::string message_;
  std::size_t sent_ = 0;
  bool done_ = false;
  Reply reply_;
  std::optional<CommandError> error_;
};

}  // namespace lmi::redis
