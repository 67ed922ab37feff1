#pragma once

#include "loop/loop.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace lmi::emulator::observe {

/// One line some environment wrote, or the platform wrote about it.
struct LogEvent {
  std::uint64_t seq = 0;  ///< Given by the store: rises by one with every event of the emulator.
  std::chrono::system_clock::time_point time;
  std::string function_name;
  std::string version;
  std::string environment;
  std::string source;  ///< "platform", "function" or "extension".
  std::string line;
};

/// What a reader gets: events in order of `seq`, and where to go on.
struct LogBatch {
  std::vector<LogEvent> events;
  std::uint64_t next = 0;  ///< The `after` of the next question.
  bool gap = false;        ///< Events after `after` were dropped before they were read.
};

/// How much is kept for each function; the oldest events go first.
struct LogLimits {
  std::size_t events = 10'000;
  std::size_t bytes = 8U << 20U;
  std::size_t batch = 1'000;  ///< Most events of one answer.
};

/// Keeps the newest log lines of every function and tells readers who wait for more.
///
/// Threads:  loop thread only.
/// Lifetime: the loop must outlive it; waiting readers are dropped unanswered with it, see answer_all().
class LogStore {
 public:
  explicit LogStore(Loop& loop, LogLimits limits = {}) : loop_{loop}, limits_{limits} {}

  /// Adds `event`; its seq is set here.
  void append(LogEvent event);

  /// What there is after `after`, of one function or (empty name) of all.
  LogBatch read(const std::string& function, std::uint64_t after) const;

  using WaitId = std::uint64_t;
  /// Calls `done` once, never from inside: as soon as there is an event after `after`, at the latest when
  /// `patience` is over (then with an empty batch).
  WaitId wait(std::string function, std::uint64_t after, Clock::duration patience,
              std::function<void(LogBatch)> done);
  /// The reader is gone; its `done` is not called any more.
  void cancel(WaitId wait);
  /// Answers every waiting reader with what there is: the emulator is about to stop.
  void answer_all();

 private:
  struct Ring {
    std::deque<LogEvent> events;
    std::size_t bytes = 0;
    std::uint64_t dropped_up_to = 0;  ///< seq of the newest event that was dropped.
  };
  struct Waiter {
    std::string function;
    std::uint64_t after = 0;
    std::function<void(LogBatch)> done;
    Loop::Timer patience;
  };

  void trim(Ring& ring) const;
  bool has_news(const Waiter& waiter) const;
  void wake_soon();
  void answer_those_with_news();
  void answer(WaitId wait);

  Loop& loop_;
  LogLimits limits_;
  std::uint64_t last_seq_ = 0;
  std::map<std::string, Ring, std::less<>> rings_;
  WaitId last_wait_ = 0;
  std::map<WaitId, Waiter> waiters_;
  Loop::Timer wake_;
  bool wake_pending_ = false;  // many lines in one turn of the loop are one answer
};

}  // namespace lmi::emulator::observe
