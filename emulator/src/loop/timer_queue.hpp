#pragma once

#include "loop/loop.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace lmi::emulator {

/// Tasks ordered by the time they are due; equal times keep the order of insertion.
///
/// A cancelled task only has its flag cleared: most timers are timeouts that never fire, and finding them in
/// the heap would cost more than skipping them later. Their memory is won back by a sweep whenever the queue
/// has doubled, so that a 900 s timeout of a call that took a millisecond does not stay for 900 s.
///
/// Threads: one.
class TimerQueue {
 public:
  /// Returns the flag that keeps the task alive.
  std::shared_ptr<bool> push(Clock::time_point due, Loop::Task task);

  /// When the next live task is due; empty when there is none.
  std::optional<Clock::time_point> next_due();

  /// The next live task that is due at `now`, removed; an empty function when there is none.
  Loop::Task pop_due(Clock::time_point now);

  std::size_t size() const noexcept { return heap_.size(); }

 private:
  struct Entry {
    Clock::time_point due;
    std::uint64_t number;
    std::shared_ptr<bool> alive;
    Loop::Task task;
  };
  static bool later(const Entry& a, const Entry& b) noexcept;
  Entry take_first();
  void drop_dead_front();
  void sweep();

  std::vector<Entry> heap_;
  std::uint64_t next_number_ = 0;
  std::size_t sweep_at_ = 64;
};

}  // namespace lmi::emulator
