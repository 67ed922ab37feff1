#include "extension/stop_timer.hpp"

#include <utility>

namespace lmi::extension {

StopTimer::~StopTimer() {
  {
    const std::lock_guard lock{mutex_};
    ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

StopTimer::Entry StopTimer::schedule(Clock::time_point when, std::stop_source source) {
  const std::lock_guard lock{mutex_};
  const Entry entry{when, next_number_++};
  const auto position = waiting_.emplace(entry, std::move(source)).first;
  if (!thread_.joinable()) thread_ = std::thread{[this] { run(); }};
  if (position == waiting_.begin()) changed_.notify_one();
  return entry;
}

void StopTimer::cancel(const Entry& entry) {
  const std::lock_guard lock{mutex_};
  waiting_.erase(entry);
}

void StopTimer::run() {
  std::unique_lock lock{mutex_};
  while (!ending_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
    } else if (const auto next = waiting_.begin()->first.first; next > Clock::now()) {
      changed_.wait_until(lock, next);
    } else {
      auto source = std::move(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      lock.unlock();
      source.request_stop();
      lock.lock();
    }
  }
}

}  // namespace lmi::extension
