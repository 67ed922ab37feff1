#include "http_client/origin_pool.hpp"

namespace lmi::http_client {
namespace {

using std::chrono::milliseconds;

/// Keeps sums of time-outs, which may be "no limit", from overflowing.
constexpr milliseconds practically_forever{24 * 60 * 60 * 1000};

PoolOptions pool_options(const Origin& origin, const HttpClientOptions& options) {
  const auto& timeouts = options.timeouts;
  PoolOptions pool;
  pool.name = "http " + to_string(origin);
  pool.max_size = options.max_connections_per_origin;
  pool.max_waiters = options.max_waiting_per_origin;
  pool.acquire_timeout = practically_forever;  // the call's own time bounds it
  pool.connect_timeout = std::min(timeouts.resolve, practically_forever) +
                         std::min(timeouts.connect, practically_forever) +
                         std::min(timeouts.tls, practically_forever);
  pool.health_check_after = milliseconds{0};  // each is looked at when it is taken
  pool.idle_timeout = options.idle_timeout;
  pool.max_lifetime = options.max_lifetime;
  pool.maintenance_interval = std::clamp(options.idle_timeout / 4, milliseconds{50}, milliseconds{1000});
  pool.leak_warning_after = milliseconds{0};  // a lease lives within a call, which has a time limit
  // A failure to connect is the answer to those who wait for it: whether they try again is their calls'
  // decision.
  pool.breaker_failures = 1;
  pool.breaker_backoff = milliseconds{10};
  pool.breaker_backoff_max = milliseconds{500};
  return pool;
}

}  // namespace

OriginPool::OriginPool(Origin origin, const Needs& needs)
    : origin_{std::move(origin)},
      needs_{needs},
      resolver_{origin_, needs.options.resolve},
      connector_{{.origin = origin_,
                  .timeouts = needs.options.timeouts,
                  .resolver = resolver_,
                  .tls = needs.tls,
                  .sessions = sessions_}},
      retries_{needs.options.retries.budget, needs.options.retries.budget_refill},
      pool_{pool_options(origin_, needs.options),
            {.connect = [this](const ConnectLimits& limits) { return open(limits); },
             .inspect =
                 [](Connection& connection) {
                   return connection.reusable() ? OnReturn::reuse : OnReturn::discard;
                 }}} {}

Result<std::unique_ptr<Connection>> OriginPool::open(const ConnectLimits& limits) {
  auto connection = needs_.budget.admit(limits.deadline, limits.stop);
  if (!connection) {
    return remember({.code = HttpErrc::unavailable,
                     .phase = HttpPhase::waiting,
                     .message = "all connections of the client are in use (max_connections)"});
  }
  if (auto opened = connector_.open(*connection, limits.deadline, limits.stop); !opened) {
    return remember(opened.error());
  }
  ++needs_.counters.connections_opened;
  if (const auto* tls = connection->tls()) {
    ++needs_.counters.tls_handshakes;
    if (tls->resumed()) ++needs_.counters.tls_sessions_resumed;
  }
  connection->opened();
  return connection;
}

Error OriginPool::remember(HttpCallError failure) {
  auto error = to_error(failure);
  const std::lock_guard lock{mutex_};
  last_failure_ = std::move(failure);
  return error;
}

HttpCallError OriginPool::explain(const PoolError& failure) const {
  switch (failure.code) {
    case PoolErrc::unhealthy: {
      const std::lock_guard lock{mutex_};
      return last_failure_;
    }
    case PoolErrc::timed_out:
      return {.code = HttpErrc::timed_out,
              .phase = pool_.metrics().connecting > 0 ? connector_.phase() : HttpPhase::waiting,
              .message = "no connection to " + to_string(origin_) + " in time"};
    case PoolErrc::stopped:
      return {.code = HttpErrc::stopped, .phase = HttpPhase::waiting, .message = "stopped"};
    case PoolErrc::queue_full:
    case PoolErrc::closed: break;
  }
  return {.code = HttpErrc::unavailable, .phase = HttpPhase::waiting, .message = failure.message};
}

}  // namespace lmi::http_client
