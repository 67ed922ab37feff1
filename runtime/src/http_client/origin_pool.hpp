#pragma once

#include "http_client/connection.hpp"
#include "http_client/connection_budget.hpp"
#include "http_client/connector.hpp"
#include "http_client/counters.hpp"
#include "http_client/resolver.hpp"
#include "http_client/retry.hpp"
#include "http_client/tls.hpp"
#include "http_client/url.hpp"
#include "lmi/pool.hpp"

#include <atomic>
#include <mutex>

namespace lmi::http_client {

/// Everything a client keeps about one origin: its connections, TLS sessions, and how much it may be retried.
///
/// Threads:  any.
/// Lifetime: what it is constructed with outlives it.
class OriginPool {
 public:
  struct Needs {
    const HttpClientOptions& options;
    ConnectionBudget& budget;
    Counters& counters;
    TlsContext* tls = nullptr;  ///< Null for a plain origin.
  };

  OriginPool(Origin origin, const Needs& needs);
  OriginPool(const OriginPool&) = delete;
  OriginPool& operator=(const OriginPool&) = delete;

  [[nodiscard]] Pool<Connection>& connections() noexcept { return pool_; }
  [[nodiscard]] RetryBudget& retries() noexcept { return retries_; }

  /// Why no connection came, as an error of a call. `failure` is an acquire's.
  [[nodiscard]] HttpCallError explain(const PoolError& failure) const;

 private:
  Result<std::unique_ptr<Connection>> open(const ConnectLimits& limits);
  Error remember(HttpCallError failure);

  const Origin origin_;
  const Needs needs_;
  TlsSessions sessions_;
  Resolver resolver_;
  Connector connector_;
  RetryBudget retries_;

  mutable std::mutex mutex_;  ///< Guards the next one.
  HttpCallError last_failure_;

  Pool<Connection> pool_;  ///< Last: its threads use the rest.
};

}  // namespace lmi::http_client
