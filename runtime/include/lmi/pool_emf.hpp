#pragma once

#include "lmi/middleware.hpp"
#include "lmi/pool_metrics.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace lmi {

struct EmfPoolOptions {
  /// 1 to 255 of A-Z a-z 0-9 . - _ / # : and space; not beginning with "AWS/".
  std::string name_space{};

  /// Dimensions besides "pool", whose value is the pool's name. At most 29.
  std::vector<std::pair<std::string, std::string>> dimensions{};

  /// The least time between two reports. Zero: one at the end of every invocation.
  std::chrono::steady_clock::duration interval = std::chrono::minutes{1};
};

/// The middleware that writes what pools count as CloudWatch metrics, in the embedded metric format (EMF):
///
///     lmi::EmfPoolMetrics pool_metrics{{.name_space = "Shop"}, [&] {
///       return std::vector{database.metrics(), cache.metrics()};
///     }};
///     return lmi::run(handler, {.middleware = {&pool_metrics}});
///
/// One line a pool, at the end of the first invocation after each interval; none while nothing is invoked.
/// As they are at that moment: PoolInUse, PoolIdle, PoolConnecting, PoolWaiters. Since the last report:
/// PoolAcquired, PoolTimedOut, PoolRefused (queue full, unhealthy, closed or stopped), PoolCreated,
/// PoolConnectFailures, PoolClosed and, where it is not zero, PoolClosed with the reason in its name, e.g.
/// PoolClosedPoisoned; PoolWait, how long an acquire took on average, in milliseconds, where there was one. A
/// distribution is only in to_prometheus().
///
/// Threads:  serves any number of invocations at once; one of them reports, and the others do not wait.
/// Lifetime: owns `pools`; what that refers to must outlive run().
/// Time:     between two reports a load and a look at the clock for each invocation.
/// Errors:   the constructor throws std::invalid_argument for a name space or dimension outside CloudWatch's
///           limits. An exception from `pools` becomes the invocation's.
class EmfPoolMetrics final : public Middleware {
 public:
  using Pools = std::function<std::vector<PoolMetrics>()>;

  EmfPoolMetrics(EmfPoolOptions options, Pools pools);

  Decision before(const RawEvent& event, Context& context) override;
  void after(Context& context, Completion& completion) override;

 private:
  using Clock = std::chrono::steady_clock;

  void report(const Context& context, const PoolMetrics& now, const PoolMetrics& before) const;

  const EmfPoolOptions options_;
  const Pools pools_;
  std::atomic<Clock::rep> next_;
  std::mutex mutex_;
  std::map<std::string, PoolMetrics> last_;  ///< By name. Guarded by mutex_.
};

}  // namespace lmi
