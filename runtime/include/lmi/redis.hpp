#pragma once

// Redis for a Pool: component lmi::redis (hiredis). No hiredis header in here.
// <lmi/redis_async.hpp> adds the commands for coroutine handlers.

#include "lmi/pool.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct redisContext;

namespace lmi::redis {

class Exchange;

/// Why a command gave no reply.
enum class Errc {
  refused = 1,      ///< The server answered with an error, e.g. "WRONGTYPE …". The connection is fine.
  connection_lost,  ///< The server went away. Whether it carried out the command is not known.
  timed_out,        ///< limits.deadline came first. The connection will be closed.
  stopped,          ///< limits.stop was requested. Likewise.
};

/// "RedisRefused", "RedisConnectionLost", "RedisTimedOut", "RedisStopped".
[[nodiscard]] std::string_view name(Errc code) noexcept;

struct CommandError {
  Errc code{};
  std::string message{};  ///< The server's text, its error code first ("WRONGTYPE …"), or what happened.

  [[nodiscard]] Error to_error() const;
  // NOLINTNEXTLINE(google-explicit-constructor): return it from a handler
  operator Error() const { return to_error(); }
};

template <class T>
using CommandResult = boost::system::result<T, CommandError>;

/// Found by CommandResult<T>::value(): throws to_error().
[[noreturn]] void throw_exception_from_error(const CommandError& error, const boost::source_location& where);

/// What the server answered: nothing, a string, a whole number or a list. A plain value.
struct Reply {
  enum class Kind {
    nil,      ///< There is no such key, or the like.
    string,   ///< `text`; also for status replies such as OK.
    integer,  ///< `number`
    array,    ///< `items`
    error,    ///< `text`; only inside an array, e.g. of EXEC. At the top it is a CommandError.
  };
  Kind kind = Kind::nil;
  std::string text{};
  std::int64_t number = 0;
  std::vector<Reply> items{};

  [[nodiscard]] explicit operator bool() const noexcept { return kind != Kind::nil; }
};

/// A command and its arguments, each any bytes: {"SET", key, value}.
using Command = std::vector<std::string>;

/// What connections of a pool have in common.
struct Options {
  std::string host = "127.0.0.1";  ///< A name or an address; hiredis resolves names without a time limit.
  int port = 6379;
  std::string unix_socket{};  ///< Instead of host and port.
  std::string username{};     ///< With a password: AUTH username password. Empty: the default user.
  std::string password{};     ///< Empty: no AUTH.
  int database = 0;           ///< Not 0: SELECT.
};

/// A connection to a Redis server. Without TLS: Debian's hiredis has none.
///
/// Threads:  one at a time.
/// Lifetime: made by connect(), normally held through a Lease.
class Connection {
 public:
  /// Connects, and sends AUTH and SELECT where they are needed; blocks until limits.deadline at most, except
  /// for the resolution of a host name. Error: "RedisConnectFailed".
  static Result<std::unique_ptr<Connection>> connect(const Options& options, const ConnectLimits& limits);

  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Sends one command and returns its reply:
  ///
  ///     auto price = connection->command(limits, {"GET", "price:42"}).value();
  ///
  /// Blocks until the reply is there, limits.deadline, or a stop request (limits.timeout is not looked at).
  /// After the latter two, and after a lost connection, every further command fails and the pool closes the
  /// connection. Commands that do not answer once (SUBSCRIBE, MONITOR) are not for a pooled connection.
  [[nodiscard]] CommandResult<Reply> command(const AcquireLimits& limits, const Command& command);

  // ---- What a pool asks ----

  /// By what was sent on it: clean, changed (SELECT, a MULTI or WATCH without its end …), or lost.
  [[nodiscard]] OnReturn inspect() const noexcept;
  /// Whether the server has not closed it meanwhile: one system call that does not wait.
  [[nodiscard]] bool usable() noexcept;
  /// PING.
  [[nodiscard]] bool healthy(SteadyTime deadline);

 private:
  friend class Exchange;
  explicit Connection(redisContext* context) noexcept : context_{context} {}

  void note(const std::string& command) noexcept;

  redisContext* context_;
  bool lost_ = false;
  bool in_exchange_ = false;
  bool in_transaction_ = false;
  bool changed_ = false;  ///< The next one would not find it as connect() left it.
};

/// The hooks of a pool of connections. A connection that is not as connect() left it is closed on return
/// rather than repaired.
///
///     lmi::Pool<lmi::redis::Connection> cache{{.name = "cache"}, lmi::redis::hooks({.host = "10.0.0.7"})};
[[nodiscard]] PoolHooks<Connection> hooks(Options options);

}  // namespace lmi::redis
