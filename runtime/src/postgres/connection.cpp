#include "lmi/postgres.hpp"
#include "pool/socket_wait.hpp"
#include "postgres/exchange.hpp"

#include <poll.h>

#include <array>
#include <memory>
#include <utility>

namespace lmi::postgres {
namespace {

Error connect_failed(std::string why) {
  while (!why.empty() && why.back() == '\n') why.pop_back();
  return {.type = "PostgresConnectFailed", .message = std::move(why)};
}

struct Finish {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};

/// libpq would write notices to stderr, outside the log's format.
void drop_notice(void* /*unused*/, const PGresult* /*notice*/) {}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::connect(const Options& options, const ConnectLimits& limits) {
  // A keyword in a later place wins: conninfo over the defaults before it.
  const std::array<const char*, 4> keywords{"fallback_application_name", "tcp_user_timeout", "dbname",
                                            nullptr};
  const std::array<const char*, 4> values{"lmi", "10000", options.conninfo.c_str(), nullptr};
  constexpr int expand_dbname = 1;
  std::unique_ptr<PGconn, Finish> connection{
      PQconnectStartParams(keywords.data(), values.data(), expand_dbname)};
  if (!connection) return connect_failed("no memory");

  pool::SocketWait wait{limits.deadline, limits.stop};
  // libpq says: begin as if it wanted to write.
  auto state = PQstatus(connection.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED) return connect_failed(PQerrorMessage(connection.get()));
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    switch (wait.wait(PQsocket(connection.get()), events)) {
      case pool::Readiness::timed_out: return connect_failed("no session in time");
      case pool::Readiness::stopped: return connect_failed("stopped");
      case pool::Readiness::ready: state = PQconnectPoll(connection.get()); break;
    }
  }
  if (PQsetnonblocking(connection.get(), 1) != 0) return connect_failed(PQerrorMessage(connection.get()));
  PQsetNoticeReceiver(connection.get(), drop_notice, nullptr);
  return std::unique_ptr<Connection>{new Connection{connection.release(), options.discard_all}};
}

Connection::~Connection() {
  if (PQstatus(connection_) == CONNECTION_OK && PQtransactionStatus(connection_) == PQTRANS_ACTIVE) {
    // The server would go on with the statement, and hold its locks, after the session's end.
    if (PGcancel* const cancel = PQgetCancel(connection_)) {
      std::array<char, 256> why{};
      PQcancel(cancel, why.data(),
               static_cast<int>(why.size()));  // a failure changes nothing: the end is near
      PQfreeCancel(cancel);
    }
  }
  PQfinish(connection_);
}

QueryResult<Rows> Connection::query_with(const AcquireLimits& limits, const std::string& sql,
                                         std::span<const Parameter> parameters) {
  pool::SocketWait wait{limits.deadline, limits.stop};
  Exchange exchange{*this, sql, parameters};
  for (auto need = exchange.step(); need != Exchange::Need::nothing; need = exchange.step()) {
    // While it writes it also reads: a server that cannot get rid of its notices would not read on.
    const short events = need == Exchange::Need::write ? POLLIN | POLLOUT : POLLIN;
    const auto ready = wait.wait(exchange.socket(), events);
    if (ready == pool::Readiness::ready) {
      exchange.readable();
    } else {
      exchange.give_up(ready);
    }
  }
  return std::move(exchange).outcome();
}

OnReturn Connection::inspect() const noexcept {
  if (PQstatus(connection_) != CONNECTION_OK) return OnReturn::broken;
  switch (PQtransactionStatus(connection_)) {
    case PQTRANS_IDLE: return discard_all_ && used_ ? OnReturn::reset : OnReturn::reuse;
    case PQTRANS_INTRANS:
    case PQTRANS_INERROR: return OnReturn::reset;
    case PQTRANS_ACTIVE:
    case PQTRANS_UNKNOWN: break;
  }
  return OnReturn::discard;
}

bool Connection::usable() noexcept {
  switch (pool::look_at_idle_socket(PQsocket(connection_))) {
    case pool::IdleSocket::quiet: return true;
    case pool::IdleSocket::closed: return false;
    case pool::IdleSocket::readable: break;
  }
  // A notice, or the server's good-bye.
  return PQconsumeInput(connection_) == 1 && PQstatus(connection_) == CONNECTION_OK &&
         pool::look_at_idle_socket(PQsocket(connection_)) == pool::IdleSocket::quiet;
}

bool Connection::healthy(SteadyTime deadline) {
  return query(AcquireLimits{deadline}, "SELECT 1").has_value();
}

bool Connection::reset(SteadyTime deadline) {
  const AcquireLimits limits{deadline};
  if (PQtransactionStatus(connection_) != PQTRANS_IDLE && !query(limits, "ROLLBACK")) return false;
  if (discard_all_ && !query(limits, "DISCARD ALL")) return false;
  used_ = false;
  return PQtransactionStatus(connection_) == PQTRANS_IDLE;
}

PoolHooks<Connection> hooks(Options options) {
  return {.connect = [options = std::move(options)](
                         const ConnectLimits& limits) { return Connection::connect(options, limits); },
          .healthy = [](Connection& connection, SteadyTime deadline) { return connection.healthy(deadline); },
          .reset = [](Connection& connection, SteadyTime deadline) { return connection.reset(deadline); },
          .inspect = [](Connection& connection) { return connection.inspect(); },
          .usable = [](Connection& connection) { return connection.usable(); }};
}

}  // namespace lmi::postgres
