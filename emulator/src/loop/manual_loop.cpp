#include "loop/manual_loop.hpp"

#include <utility>

namespace lmi::emulator {

void ManualLoop::post(Task task) {
  const std::lock_guard lock{mutex_};
  posted_.push_back(std::move(task));
}

Loop::Timer ManualLoop::after(Clock::duration delay, Task task) {
  return Timer{timers_.push(now_ + delay, std::move(task))};
}

Loop::Task ManualLoop::next_posted() {
  const std::lock_guard lock{mutex_};
  if (posted_.empty()) return {};
  Task task = std::move(posted_.front());
  posted_.pop_front();
  return task;
}

void ManualLoop::run_until_idle() {
  for (;;) {
    Task task = next_posted();
    if (!task) task = timers_.pop_due(now_);
    if (!task) return;
    task();
  }
}

void ManualLoop::advance(Clock::duration duration) {
  const auto end = now_ + duration;
  run_until_idle();
  for (auto due = timers_.next_due(); due && *due <= end; due = timers_.next_due()) {
    now_ = *due;
    run_until_idle();
  }
  now_ = end;
}

bool ManualLoop::idle() {
  const std::lock_guard lock{mutex_};
  return posted_.empty() && !timers_.next_due();
}

}  // namespace lmi::emulator
