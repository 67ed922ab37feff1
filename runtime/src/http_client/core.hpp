#pragma once

#include "http_client/connection_budget.hpp"
#include "http_client/counters.hpp"
#include "http_client/origin_pool.hpp"
#include "http_client/tls.hpp"
#include "lmi/http_client.hpp"

#include <list>
#include <memory>
#include <mutex>

namespace lmi::http_client {

/// What all calls of a client share.
///
/// Threads:  any.
/// Lifetime: outlives the calls.
class Core {
 public:
  explicit Core(HttpClientOptions options);

  [[nodiscard]] const HttpClientOptions& options() const noexcept { return options_; }
  [[nodiscard]] Counters& counters() noexcept { return counters_; }
  [[nodiscard]] HttpClientMetrics metrics() const;

  /// The origin's connections. Shared: the call keeps them while the client forgets the origin for others'
  /// sake.
  std::shared_ptr<OriginPool> pool_of(const Origin& origin);

 private:
  struct Known {
    Origin origin;
    std::shared_ptr<OriginPool> pool;
  };

  std::shared_ptr<OriginPool> forget_one();

  const HttpClientOptions options_;
  Counters counters_;
  ConnectionBudget budget_;
  TlsContext tls_;
  std::mutex mutex_;        ///< Guards the next one.
  std::list<Known> known_;  ///< Most recently used first.
};

}  // namespace lmi::http_client
