#include "lmi/detail/pool_handle.hpp"
#include "pool/core.hpp"
#include "pool/threads.hpp"

#include <string>

namespace lmi::detail {
namespace {

/// 4096 descriptors are what an execution environment has; more connections than that cannot be.
constexpr std::size_t most_connections = 4096;

class SteadyClock final : public PoolClock {
 public:
  [[nodiscard]] SteadyTime now() const noexcept override { return std::chrono::steady_clock::now(); }

  void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                  SteadyTime when) override {
    // Some implementations overflow on time_point::max().
    if (when == SteadyTime::max()) return changed.wait(lock);
    changed.wait_until(lock, when);
  }
};

PoolOptions checked(PoolOptions options, const ErasedPoolHooks& hooks) {
  static SteadyClock steady_clock;
  if (!options.clock) options.clock = &steady_clock;
  std::string wrong;
  const auto demand = [&](bool holds, const char* text) {
    if (!holds) wrong += (wrong.empty() ? "" : "; ") + std::string{text};
  };
  using std::chrono::milliseconds;
  demand(hooks.connect != nullptr, "there must be a connect hook");
  demand(options.max_size >= 1 && options.max_size <= most_connections, "max_size must be 1 to 4096");
  demand(options.min_idle <= options.max_size, "min_idle must not be over max_size");
  demand(options.max_connecting >= 1, "max_connecting must be at least 1");
  demand(options.breaker_failures >= 1, "breaker_failures must be at least 1");
  demand(options.lifetime_jitter >= 0 && options.lifetime_jitter <= 1, "lifetime_jitter must be 0 to 1");
  demand(options.maintenance_interval > milliseconds{0}, "maintenance_interval must be over 0");
  demand(options.breaker_backoff > milliseconds{0}, "breaker_backoff must be over 0");
  demand(options.shards <= most_connections, "shards must be at most 4096");
  if (!wrong.empty())
    throw Error{.type = "InvalidPool", .message = "pool \"" + options.name + "\": " + wrong};
  return options;
}

}  // namespace

void give_back(const PoolGrant& grant, bool poisoned, bool by_exception) noexcept {
  grant.core->give_back(*grant.entry, poisoned, by_exception);
}

PoolHandle::PoolHandle(PoolOptions options, ErasedPoolHooks hooks) {
  auto core = std::make_unique<PoolCore>(checked(std::move(options), hooks), std::move(hooks));
  threads_ = std::make_unique<PoolThreads>(*core);
  core->attach(*threads_);
  core_ = core.release();
}

PoolHandle::~PoolHandle() {
  core_->close();
  core_->detach();
  threads_->stop();
  core_->abandon();
}

PoolResult<PoolGrant> PoolHandle::acquire(const AcquireLimits& limits) {
  auto entry = core_->acquire(limits);
  if (!entry) return std::move(entry).error();
  return PoolGrant{core_, *entry, (*entry)->resource};
}

Result<void> PoolHandle::warm_up(SteadyTime deadline) {
  return core_->warm_up(deadline);
}
void PoolHandle::close() noexcept {
  core_->close();
}
bool PoolHandle::drain(SteadyTime deadline) noexcept {
  return core_->drain(deadline);
}
PoolMetrics PoolHandle::metrics() const {
  return core_->metrics();
}
const PoolOptions& PoolHandle::options() const noexcept {
  return core_->options();
}

}  // namespace lmi::detail
