#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

namespace lmi::invoke {

/// Tells targets that their deadline has passed, on a thread of its own, which starts with the first
/// deadline.
///
/// Made for deadlines that are nearly always met: arming costs two atomic accesses. The thread sleeps until
/// the earliest deadline it has seen and looks at all targets then; it is woken only for an earlier one.
/// Under a steady load with one time-out that is one look a time-out, however many invocations there were.
///
/// Threads: any, except where stated.
class DeadlineWatch {
 public:
  using Clock = std::chrono::steady_clock;

  class Target {
   public:
    Target() = default;
    virtual ~Target() = default;
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;

    /// The deadline that was armed has passed; it may have been disarmed, or armed anew, this very moment.
    /// On the watch's thread, with no lock held: keep it short.
    virtual void at_deadline() = 0;

   private:
    friend class DeadlineWatch;
    std::atomic<Clock::rep> due_{never};
  };

  DeadlineWatch() = default;
  ~DeadlineWatch();
  DeadlineWatch(const DeadlineWatch&) = delete;
  DeadlineWatch& operator=(const DeadlineWatch&) = delete;

  void add(Target& target);
  /// When it returns, the target is not and will not be called.
  void remove(Target& target);

  /// time_point::max() is no deadline. Does not allocate once the thread runs.
  void arm(Target& target, Clock::time_point deadline);
  static void disarm(Target& target) noexcept { target.due_.store(never); }

 private:
  static constexpr Clock::rep never = std::numeric_limits<Clock::rep>::max();

  void run();
  Clock::rep collect_due(Clock::rep now);

  std::atomic<Clock::rep> next_look_{never};  ///< When the thread looks again; lowered under mutex_ only.

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Target*> targets_;
  std::vector<Target*> due_;  ///< Being called; kept for its memory.
  bool calling_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace lmi::invoke
