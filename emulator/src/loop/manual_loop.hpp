#pragma once

#include "loop/loop.hpp"
#include "loop/timer_queue.hpp"

#include <deque>
#include <mutex>

namespace lmi::emulator {

/// A loop whose time moves only when told to: for tests, and for anything that replays the past.
///
/// Threads: as Loop says; the thread that calls advance() or run_until_idle() is the loop thread.
class ManualLoop final : public Loop {
 public:
  Clock::time_point now() const override { return now_; }
  void post(Task task) override;
  [[nodiscard]] Timer after(Clock::duration delay, Task task) override;

  /// Runs what is posted and what is due, without moving the time.
  void run_until_idle();

  /// Moves the time forward by `duration`, stopping at each timer on the way so that a task sees the time it
  /// was due at. Everything posted meanwhile runs too.
  void advance(Clock::duration duration);

  /// True when nothing is posted and no timer is waiting: what a test expects at its end.
  bool idle();

 private:
  Task next_posted();

  std::mutex mutex_;  // of posted_ only: post() comes from any thread
  std::deque<Task> posted_;
  TimerQueue timers_;
  Clock::time_point now_{};
};

}  // namespace lmi::emulator
