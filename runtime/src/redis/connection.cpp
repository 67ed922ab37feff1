#include "lmi/redis.hpp"
#include "pool/socket_wait.hpp"
#include "redis/exchange.hpp"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

namespace lmi::redis {
namespace {

Error connect_failed(std::string why) {
  return {.type = "RedisConnectFailed", .message = std::move(why)};
}

struct Free {
  void operator()(redisContext* context) const noexcept { redisFree(context); }
};

/// The error of a connect that ran in the background; 0: connected.
int connect_error(int socket) noexcept {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

template <std::size_t n>
bool one_of(const std::string& command, const std::array<const char*, n>& words) noexcept {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return ::strcasecmp(command.c_str(), word) == 0; });
}

}  // namespace

std::string_view name(Errc code) noexcept {
  switch (code) {
    case Errc::refused: return "RedisRefused";
    case Errc::connection_lost: return "RedisConnectionLost";
    case Errc::timed_out: return "RedisTimedOut";
    case Errc::stopped: break;
  }
  return "RedisStopped";
}

Error CommandError::to_error() const {
  return {.type = std::string{name(code)}, .message = message};
}

void throw_exception_from_error(const CommandError& error, const boost::source_location& /*where*/) {
  throw error.to_error();
}

Result<std::unique_ptr<Connection>> Connection::connect(const Options& options, const ConnectLimits& limits) {
  std::unique_ptr<redisContext, Free> context{options.unix_socket.empty()
                                                  ? redisConnectNonBlock(options.host.c_str(), options.port)
                                                  : redisConnectUnixNonBlock(options.unix_socket.c_str())};
  if (!context) return connect_failed("no memory");
  if (context->err != 0) return connect_failed(static_cast<const char*>(context->errstr));

  pool::SocketWait wait{limits.deadline, limits.stop};
  switch (wait.wait(context->fd, POLLOUT)) {
    case pool::Readiness::timed_out: return connect_failed("no connection in time");
    case pool::Readiness::stopped: return connect_failed("stopped");
    case pool::Readiness::ready: break;
  }
  if (const int error = connect_error(context->fd))
    return connect_failed(std::generic_category().message(error));

  std::unique_ptr<Connection> connection{new Connection{context.release()}};
  AcquireLimits until{limits.deadline};
  until.stop = limits.stop;
  if (!options.password.empty()) {
    Command auth{"AUTH"};
    if (!options.username.empty()) auth.push_back(options.username);
    auth.push_back(options.password);
    if (const auto reply = connection->command(until, auth); !reply)
      return connect_failed(reply.error().message);
  }
  if (options.database != 0) {
    const auto reply = connection->command(until, {"SELECT", std::to_string(options.database)});
    if (!reply) return connect_failed(reply.error().message);
  }
  connection->changed_ = false;
  return connection;
}

Connection::~Connection() {
  redisFree(context_);
}

CommandResult<Reply> Connection::command(const AcquireLimits& limits, const Command& command) {
  pool::SocketWait wait{limits.deadline, limits.stop};
  Exchange exchange{*this, command};
  for (auto need = exchange.step(); need != Exchange::Need::nothing; need = exchange.step()) {
    const bool writing = need == Exchange::Need::write;
    const auto ready = wait.wait(exchange.socket(), writing ? POLLOUT : POLLIN);
    if (ready != pool::Readiness::ready) {
      exchange.give_up(ready);
    } else if (!writing) {
      exchange.readable();
    }
  }
  return std::move(exchange).outcome();
}

void Connection::note(const std::string& command) noexcept {
  constexpr std::array begin{"MULTI", "WATCH"};
  constexpr std::array end{"EXEC", "DISCARD", "UNWATCH"};
  constexpr std::array change{"AUTH",      "SELECT",     "HELLO",      "CLIENT",   "RESET",
                              "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "READONLY", "READWRITE",
                              "MONITOR",   "QUIT",       "ASKING"};
  if (one_of(command, begin)) in_transaction_ = true;
  if (one_of(command, end)) in_transaction_ = false;
  if (one_of(command, change)) changed_ = true;
}

OnReturn Connection::inspect() const noexcept {
  if (lost_) return OnReturn::broken;
  return in_exchange_ || in_transaction_ || changed_ ? OnReturn::discard : OnReturn::reuse;
}

bool Connection::usable() noexcept {
  return pool::look_at_idle_socket(context_->fd) == pool::IdleSocket::quiet;
}

bool Connection::healthy(SteadyTime deadline) {
  return command(AcquireLimits{deadline}, {"PING"}).has_value();
}

PoolHooks<Connection> hooks(Options options) {
  return {.connect = [options = std::move(options)](
                         const ConnectLimits& limits) { return Connection::connect(options, limits); },
          .healthy = [](Connection& connection, SteadyTime deadline) { return connection.healthy(deadline); },
          .inspect = [](Connection& connection) { return connection.inspect(); },
          .usable = [](Connection& connection) { return connection.usable(); }};
}

}  // namespace lmi::redis
