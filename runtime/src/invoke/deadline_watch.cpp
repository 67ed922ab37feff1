#include "invoke/deadline_watch.hpp"

#include <algorithm>

namespace lmi::invoke {

DeadlineWatch::~DeadlineWatch() {
  {
    const std::lock_guard lock{mutex_};
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void DeadlineWatch::add(Target& target) {
  const std::lock_guard lock{mutex_};
  targets_.push_back(&target);
  due_.reserve(targets_.size());
}

void DeadlineWatch::remove(Target& target) {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return !calling_; });
  std::erase(targets_, &target);
}

void DeadlineWatch::arm(Target& target, Clock::time_point deadline) {
  if (deadline == Clock::time_point::max()) return;
  const auto due = deadline.time_since_epoch().count();
  // Sequentially consistent, as in run(): either the thread's look sees this deadline, or this sees that the
  // thread will not look in time.
  target.due_.store(due);
  if (due >= next_look_.load()) return;
  {
    const std::lock_guard lock{mutex_};
    if (due >= next_look_.load()) return;
    next_look_.store(due);
    if (!thread_.joinable()) thread_ = std::thread{[this] { run(); }};
  }
  changed_.notify_all();
}

/// Moves the targets whose time has come into due_, and returns the earliest of the others.
DeadlineWatch::Clock::rep DeadlineWatch::collect_due(Clock::rep now) {
  auto earliest = never;
  due_.clear();
  for (auto* target : targets_) {
    auto due = target->due_.load();
    if (due <= now && target->due_.compare_exchange_strong(due, never)) {
      due_.push_back(target);
    } else {
      earliest = std::min(earliest, due);  // a failed exchange has loaded the new one
    }
  }
  return earliest;
}

void DeadlineWatch::run() {
  std::unique_lock lock{mutex_};
  while (!ending_) {
    next_look_.store(never);
    const auto earliest = collect_due(Clock::now().time_since_epoch().count());
    if (!due_.empty()) {
      calling_ = true;
      lock.unlock();
      for (auto* target : due_) target->at_deadline();
      lock.lock();
      calling_ = false;
      changed_.notify_all();
    } else if (earliest == never) {
      changed_.wait(lock);
    } else {
      next_look_.store(earliest);
      changed_.wait_until(lock, Clock::time_point{Clock::duration{earliest}});
    }
  }
}

}  // namespace lmi::invoke
