#pragma once

#include "pool/core.hpp"

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace lmi::detail {

/// Holds the core's lock, and does after its release what must not be done with it held: waking waiters,
/// logging, and closing when there is no thread to do it.
class PoolCore::Guard {
 public:
  struct Line {
    std::string text{};
    std::string request_id{};
  };

  explicit Guard(PoolCore& core) : core_{core}, lock_{core.mutex_} { ++core.counted_.locks_taken; }
  ~Guard();
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  [[nodiscard]] std::unique_lock<std::mutex>& lock() noexcept { return lock_; }

  /// Its memory is moved from the queue: no allocation.
  PoolWaiter::Queue to_wake{};
  bool poke_keeper = false;
  std::vector<PoolJob> to_perform{};
  std::vector<Line> warnings{};

 private:
  PoolCore& core_;
  std::unique_lock<std::mutex> lock_;
};

}  // namespace lmi::detail
