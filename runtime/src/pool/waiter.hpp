#pragma once

#include "pool/entry.hpp"

#include <list>
#include <memory>
#include <optional>

namespace lmi::detail {

/// Somebody in the queue. Shared by the queue and by whoever waits, because either may let go first.
class PoolWaiter {
 public:
  explicit PoolWaiter(AcquireLimits limits) : limits_{std::move(limits)} {}
  virtual ~PoolWaiter() = default;
  PoolWaiter(const PoolWaiter&) = delete;
  PoolWaiter& operator=(const PoolWaiter&) = delete;

  /// The outcome is there: called once, on any thread, with no lock of the pool held.
  virtual void wake() noexcept = 0;

  /// Valid from wake() on.
  [[nodiscard]] PoolResult<PoolEntry*> outcome() const {
    if (error_) return *error_;
    return entry_;
  }

 private:
  friend class PoolCore;
  using Queue = std::list<std::shared_ptr<PoolWaiter>>;

  AcquireLimits limits_;
  SteadyTime since_{};
  SteadyTime until_{};
  bool queued_ = false;
  Queue::iterator place_{};
  PoolEntry* entry_ = nullptr;
  std::optional<PoolError> error_;
};

}  // namespace lmi::detail
