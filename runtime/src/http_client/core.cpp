#include "http_client/core.hpp"

#include <algorithm>

namespace lmi::http_client {
namespace {

/// Each has a few threads. A function that calls wherever its events say must not collect them without end.
constexpr std::size_t known_origins = 64;

HttpClientOptions checked(HttpClientOptions options) {
  constexpr std::size_t pools_most = 4096;  // PoolOptions::max_size
  if (options.max_connections == 0 || options.max_connections_per_origin == 0 ||
      options.max_connections_per_origin > pools_most || options.max_waiting_per_origin == 0) {
    throw Error{
        .type = "InvalidHttpClient",
        .message = "connections and waiting calls must be at least 1, connections to an origin at most " +
                   std::to_string(pools_most)};
  }
  return options;
}

}  // namespace

Core::Core(HttpClientOptions options)
    : options_{checked(std::move(options))}, budget_{options_.max_connections}, tls_{options_.tls} {}

std::shared_ptr<OriginPool> Core::pool_of(const Origin& origin) {
  std::shared_ptr<OriginPool> forgotten;  // its connections are closed after the lock is gone
  const std::lock_guard lock{mutex_};
  const auto found =
      std::find_if(known_.begin(), known_.end(), [&](const Known& known) { return known.origin == origin; });
  if (found != known_.end()) {
    known_.splice(known_.begin(), known_, found);
    return found->pool;
  }
  if (known_.size() >= known_origins) forgotten = forget_one();
  const OriginPool::Needs needs{
      .options = options_, .budget = budget_, .counters = counters_, .tls = origin.tls ? &tls_ : nullptr};
  known_.push_front({origin, std::make_shared<OriginPool>(origin, needs)});
  return known_.front().pool;
}

std::shared_ptr<OriginPool> Core::forget_one() {
  const auto oldest = std::find_if(known_.rbegin(), known_.rend(), [](const Known& known) {
    return known.pool.use_count() == 1 && known.pool->connections().metrics().connecting == 0;
  });
  if (oldest == known_.rend()) return nullptr;
  auto pool = std::move(oldest->pool);
  known_.erase(std::next(oldest).base());
  return pool;
}

HttpClientMetrics Core::metrics() const {
  return {.calls = counters_.calls,
          .attempts = counters_.attempts,
          .retries = counters_.retries,
          .retries_over_budget = counters_.retries_over_budget,
          .connections_opened = counters_.connections_opened,
          .connections_reused = counters_.connections_reused,
          .stale_connections = counters_.stale_connections,
          .tls_handshakes = counters_.tls_handshakes,
          .tls_sessions_resumed = counters_.tls_sessions_resumed,
          .connections_open = budget_.open()};
}

}  // namespace lmi::http_client
