#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace lmi::emulator::store {

/// A thread that does one job after the other: for work that would hold up the loop.
///
/// Threads:  submit() from any.
/// Lifetime: the destructor finishes every job that was submitted, then joins. What the jobs refer to must
///           outlive that.
class Worker {
 public:
  Worker();
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Jobs must not throw: there is nobody to tell.
  void submit(std::function<void()> job);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;  // last: starts when the rest is there
};

}  // namespace lmi::emulator::store
