#pragma once

#include "lmi/pool_options.hpp"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

namespace lmi::test {

/// Time that passes when the test says so.
class ManualClock final : public PoolClock {
 public:
  [[nodiscard]] SteadyTime now() const noexcept override {
    return SteadyTime{std::chrono::nanoseconds{now_.load()}};
  }

  void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                  SteadyTime when) override {
    {
      const std::lock_guard own{mutex_};
      if (now() >= when) return;
      waiting_.emplace_back(lock.mutex(), &changed);
    }
    changed.wait(lock);
    const std::lock_guard own{mutex_};
    waiting_.erase(std::find(waiting_.begin(), waiting_.end(), std::pair{lock.mutex(), &changed}));
  }

  /// Everybody who waits looks at the time again. Not at the same time as the pool's destructor.
  void advance(std::chrono::nanoseconds by) {
    std::vector<std::pair<std::mutex*, std::condition_variable*>> waiting;
    {
      const std::lock_guard own{mutex_};
      now_ += by.count();
      waiting = waiting_;
    }
    for (const auto& [mutex, changed] : waiting) {
      const std::lock_guard other{*mutex};  // whoever registered waits by now
      changed->notify_all();
    }
  }

 private:
  std::atomic<std::int64_t> now_{std::chrono::nanoseconds{std::chrono::hours{1}}.count()};
  std::mutex mutex_;
  std::vector<std::pair<std::mutex*, std::condition_variable*>> waiting_;
};

}  // namespace lmi::test
