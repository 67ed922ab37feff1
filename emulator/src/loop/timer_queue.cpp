#include "loop/timer_queue.hpp"

#include <algorithm>
#include <utility>

namespace lmi::emulator {

bool TimerQueue::later(const Entry& a, const Entry& b) noexcept {
  return a.due != b.due ? a.due > b.due : a.number > b.number;
}

std::shared_ptr<bool> TimerQueue::push(Clock::time_point due, Loop::Task task) {
  if (heap_.size() >= sweep_at_) sweep();
  auto alive = std::make_shared<bool>(true);
  heap_.push_back({due, next_number_++, alive, std::move(task)});
  std::push_heap(heap_.begin(), heap_.end(), later);
  return alive;
}

std::optional<Clock::time_point> TimerQueue::next_due() {
  drop_dead_front();
  if (heap_.empty()) return std::nullopt;
  return heap_.front().due;
}

Loop::Task TimerQueue::pop_due(Clock::time_point now) {
  drop_dead_front();
  if (heap_.empty() || heap_.front().due > now) return {};
  return take_first().task;
}

TimerQueue::Entry TimerQueue::take_first() {
  std::pop_heap(heap_.begin(), heap_.end(), later);
  Entry first = std::move(heap_.back());
  heap_.pop_back();
  return first;
}

void TimerQueue::drop_dead_front() {
  // The entry is destroyed after the heap is whole again: a task's captures may cancel other timers.
  while (!heap_.empty() && !*heap_.front().alive) take_first();
}

void TimerQueue::sweep() {
  const auto dead = std::partition(heap_.begin(), heap_.end(), [](const Entry& e) { return *e.alive; });
  std::vector<Entry> removed(std::make_move_iterator(dead), std::make_move_iterator(heap_.end()));
  heap_.erase(dead, heap_.end());
  std::make_heap(heap_.begin(), heap_.end(), later);
  sweep_at_ = std::max<std::size_t>(64, 2 * heap_.size());
}

}  // namespace lmi::emulator
