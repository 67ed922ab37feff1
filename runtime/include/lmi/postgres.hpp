#pragma once

// PostgreSQL for a Pool: component lmi::postgres (libpq). No libpq header in here.
// <lmi/postgres_async.hpp> adds the queries for coroutine handlers.

#include "lmi/pool.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

struct pg_conn;
struct pg_result;

namespace lmi::postgres {

class Exchange;

/// Why a query gave no rows.
enum class Errc {
  refused = 1,      ///< The server answered with an error: see `sqlstate`. The connection is fine.
  connection_lost,  ///< The server went away. What became of the statement is not known.
  timed_out,  ///< limits.deadline came first. The statement is cancelled, the connection will be closed.
  stopped,    ///< limits.stop was requested. Likewise.
};

/// "PostgresRefused", "PostgresConnectionLost", "PostgresTimedOut", "PostgresStopped".
[[nodiscard]] std::string_view name(Errc code) noexcept;

struct QueryError {
  Errc code{};
  std::string sqlstate{};  ///< Five characters, e.g. "23505" for a unique violation; empty unless refused.
  std::string message{};   ///< The server's, which may quote values of the statement.

  [[nodiscard]] Error to_error() const;
  // NOLINTNEXTLINE(google-explicit-constructor): return it from a handler
  operator Error() const { return to_error(); }
};

template <class T>
using QueryResult = boost::system::result<T, QueryError>;

/// Found by QueryResult<T>::value(): throws to_error().
[[noreturn]] void throw_exception_from_error(const QueryError& error, const boost::source_location& where);

/// A value for $1, $2 …, sent as text; the server converts it to what the statement needs.
class Parameter {
 public:
  Parameter(std::nullopt_t) {}                                      // NOLINT: converting is its point
  Parameter(std::string value) : text_{std::move(value)} {}         // NOLINT
  Parameter(std::string_view value) : text_{std::string{value}} {}  // NOLINT
  Parameter(const char* value) : text_{value} {}                    // NOLINT
  Parameter(bool value) : text_{value ? "true" : "false"} {}        // NOLINT
  template <class Number>
  requires(std::is_arithmetic_v<Number> && !std::is_same_v<Number, bool>) Parameter(Number value)  // NOLINT
      : text_{to_text(value)} {}
  template <class T>
  // NOLINTNEXTLINE(google-explicit-constructor): as above
  Parameter(const std::optional<T>& value) : text_{value ? Parameter{*value}.text_ : std::nullopt} {}

  /// Null for NULL. Valid as long as the parameter.
  [[nodiscard]] const char* text() const noexcept { return text_ ? text_->c_str() : nullptr; }

 private:
  template <class Number>
  static std::string to_text(Number value) {
    std::array<char, 64> digits{};
    return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
  }

  std::optional<std::string> text_;
};

/// What a statement returned. Owns it; views are valid as long as the Rows.
/// Errors: asking for a column or row that is not there, or for a value as a type it is not, throws
///         lmi::Error "PostgresValue".
class Rows {
 public:
  explicit Rows(pg_result* result) noexcept : result_{result} {}

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] std::size_t columns() const noexcept;
  [[nodiscard]] std::size_t column(std::string_view name) const;

  /// Rows that an INSERT, UPDATE, DELETE … changed, or a SELECT returned.
  [[nodiscard]] std::size_t affected() const noexcept;

  /// The value as PostgreSQL writes it; nothing for NULL.
  [[nodiscard]] std::optional<std::string_view> text(std::size_t row, std::size_t column) const;

  /// As std::string, std::string_view, bool, a number, or std::optional of these where NULL may be.
  template <class T>
  [[nodiscard]] T get(std::size_t row, std::size_t column) const {
    const auto value = text(row, column);
    if constexpr (requires {
                    typename T::value_type;
                    T{std::nullopt};
                  }) {
      if (!value) return std::nullopt;
      return get<typename T::value_type>(row, column);
    } else if (!value) {
      wrong(row, column, "is NULL");
    } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
      return T{*value};
    } else if constexpr (std::is_same_v<T, bool>) {
      if (*value != "t" && *value != "f") wrong(row, column, "is not a boolean");
      return *value == "t";
    } else {
      T number{};
      const auto* const end = value->data() + value->size();
      const auto parsed = std::from_chars(value->data(), end, number);
      if (parsed.ec != std::errc{} || parsed.ptr != end)
        wrong(row, column, "is not a number of the type asked for");
      return number;
    }
  }
  template <class T>
  [[nodiscard]] T get(std::size_t row, std::string_view column_name) const {
    return get<T>(row, column(column_name));
  }

 private:
  [[noreturn]] static void wrong(std::size_t row, std::size_t column, std::string_view what);

  struct Clear {
    void operator()(pg_result* result) const noexcept;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

/// What connections of a pool have in common.
struct Options {
  /// As libpq reads it: "host=… dbname=… user=…" or "postgresql://…". What it does not say comes from the PG*
  /// environment variables. tcp_user_timeout is 10 s unless it says otherwise.
  std::string conninfo{};

  /// Whether each return sends DISCARD ALL (temporary tables, SET, prepared statements, LISTEN …), on a
  /// thread of the pool. Without it only an open transaction is rolled back.
  bool discard_all = false;
};

/// A session with a PostgreSQL server.
///
/// Threads:  one at a time.
/// Lifetime: made by connect(), normally held through a Lease. The destructor cancels a statement that is
///           still running, by a short connection of its own, and closes the session: it may block, which
///           is why a pool does it on its own threads.
class Connection {
 public:
  /// Connects; blocks until limits.deadline at most, except for the resolution of a host name, which libpq
  /// does not bound (give an address, or options in resolv.conf, where that matters). Error:
  /// "PostgresConnectFailed".
  static Result<std::unique_ptr<Connection>> connect(const Options& options, const ConnectLimits& limits);

  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs one statement and returns its rows:
  ///
  ///     auto rows = connection->query(limits, "SELECT name FROM item WHERE id = $1", 42).value();
  ///
  /// Blocks until the answer is there, limits.deadline, or a stop request (limits.timeout is not looked at).
  /// After the latter two, and after a lost connection, every further query fails and the pool closes the
  /// session.
  template <class... Values>
  [[nodiscard]] QueryResult<Rows> query(const AcquireLimits& limits, const std::string& sql,
                                        const Values&... values) {
    if constexpr (sizeof...(Values) == 0) {
      return query_with(limits, sql, {});
    } else {
      const std::array<Parameter, sizeof...(Values)> parameters{Parameter{values}...};
      return query_with(limits, sql, parameters);
    }
  }
  [[nodiscard]] QueryResult<Rows> query_with(const AcquireLimits& limits, const std::string& sql,
                                             std::span<const Parameter> parameters);

  /// For everything this class does not do. Not owned by the caller; leave no statement running in it.
  [[nodiscard]] pg_conn* native() const noexcept { return connection_; }

  // ---- What a pool asks ----

  /// By the session's state, without asking the server: clean, in a transaction, in the middle of a
  /// statement, lost.
  [[nodiscard]] OnReturn inspect() const noexcept;
  /// Whether the server has not closed the session meanwhile: one system call that does not wait.
  [[nodiscard]] bool usable() noexcept;
  /// SELECT 1.
  [[nodiscard]] bool healthy(SteadyTime deadline);
  /// ROLLBACK where there is a transaction, DISCARD ALL where that is an option.
  [[nodiscard]] bool reset(SteadyTime deadline);

 private:
  friend class Exchange;
  Connection(pg_conn* connection, bool discard_all) noexcept
      : connection_{connection}, discard_all_{discard_all} {}

  pg_conn* connection_;
  const bool discard_all_;
  bool used_ = false;  ///< Since the last reset.
};

/// The hooks of a pool of sessions:
///
///     lmi::Pool<lmi::postgres::Connection> pool{{.name = "db", .max_size = 8, .min_idle = 2},
///                                               lmi::postgres::hooks({.conninfo = "dbname=shop"})};
[[nodiscard]] PoolHooks<Connection> hooks(Options options);

}  // namespace lmi::postgres
