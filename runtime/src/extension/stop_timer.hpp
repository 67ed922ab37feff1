#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace lmi::extension {

/// Requests stops when their time comes. Its thread starts with the first use; a process whose handlers never
/// ask for a stop token does not have it.
///
/// Threads: any. Stop callbacks run on the timer's thread, with no lock held.
class StopTimer {
 public:
  using Clock = std::chrono::steady_clock;
  /// When, and a number of its own.
  using Entry = std::pair<Clock::time_point, std::uint64_t>;

  StopTimer() = default;
  ~StopTimer();
  StopTimer(const StopTimer&) = delete;
  StopTimer& operator=(const StopTimer&) = delete;

  /// Requests a stop of `source` at `when`, unless the entry is cancelled before.
  Entry schedule(Clock::time_point when, std::stop_source source);

  /// Harmless when it has fired.
  void cancel(const Entry& entry);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Entry, std::stop_source> waiting_;
  std::uint64_t next_number_ = 0;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace lmi::extension
