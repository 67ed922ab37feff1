// PoolCore's acquire for threads that may block.

#include "pool/core.hpp"

#include <condition_variable>
#include <mutex>

namespace lmi::detail {
namespace {

class BlockingWaiter final : public PoolWaiter {
 public:
  using PoolWaiter::PoolWaiter;

  void wake() noexcept override {
    const std::lock_guard lock{mutex_};
    woken_ = true;
    changed_.notify_one();
  }

  /// The pool's keeper ends the wait in time, whatever the hooks do.
  void wait() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return woken_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

}  // namespace

PoolResult<PoolEntry*> PoolCore::acquire(const AcquireLimits& limits) {
  if (auto outcome = acquire_now(limits)) return *std::move(outcome);
  const auto waiter = std::make_shared<BlockingWaiter>(limits);
  if (auto outcome = queue(waiter)) return *std::move(outcome);
  {
    const std::stop_callback on_stop{limits.stop, [&] { take_out(*waiter, PoolErrc::stopped); }};
    waiter->wait();
  }
  return waiter->outcome();
}

}  // namespace lmi::detail
