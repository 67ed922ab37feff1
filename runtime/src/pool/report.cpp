// How a PoolCore describes itself: metrics, and the texts of its refusals.

#include "pool/core.hpp"

#include <algorithm>

namespace lmi::detail {

std::size_t PoolCore::count(EntryState state) const noexcept {
  return static_cast<std::size_t>(std::count_if(
      entries_.get(), entries_.get() + options_.max_size,
      [state](const auto& entry) { return entry.state.load(std::memory_order_relaxed) == state; }));
}

PoolMetrics PoolCore::metrics() const {
  const std::lock_guard lock{mutex_};  // not counted: looking at a pool is not using it
  PoolMetrics shown = counted_;
  shown.name = options_.name;
  shown.max_size = options_.max_size;
  shown.in_use = count(EntryState::leased);
  shown.idle = count(EntryState::idle);
  shown.connecting = count(EntryState::connecting);
  shown.checking = count(EntryState::checking);
  shown.closing = count(EntryState::closing);
  shown.waiters = queue_.size();
  shown.breaker = breaker_.state();
  for (std::size_t i = 0; i < options_.max_size; ++i)
    shown.acquired += entries_[i].uses.load(std::memory_order_relaxed);
  shown.wait.front() += shown.acquired - std::min(shown.waited, shown.acquired);
  return shown;
}

void PoolCore::record_wait(SteadyTime since) noexcept {
  const auto waited = clock().now() - since;
  const auto& bounds = PoolMetrics::wait_bounds;
  const auto bucket =
      std::find_if(bounds.begin(), bounds.end(), [waited](auto bound) { return waited <= bound; });
  ++counted_.wait[static_cast<std::size_t>(bucket - bounds.begin())];
  ++counted_.waited;
  counted_.wait_total += waited;
}

PoolError PoolCore::refusal(PoolErrc code) noexcept {
  std::string why;
  switch (code) {
    case PoolErrc::timed_out:
      ++counted_.timed_out;
      why = "no connection in time";
      break;
    case PoolErrc::queue_full:
      ++counted_.queue_full;
      why = "the queue is full";
      break;
    case PoolErrc::closed:
      ++counted_.refused_closed;
      why = "closed";
      break;
    case PoolErrc::unhealthy:
      ++counted_.refused_unhealthy;
      why = "connecting fails: " + last_failure_;
      break;
    case PoolErrc::stopped:
      ++counted_.stopped;
      why = "stopped while waiting";
      break;
  }
  return {code, "pool \"" + options_.name + "\": " + why + " (" + standing() + ")"};
}

std::string PoolCore::standing() const {
  const auto number = [this](EntryState state) { return std::to_string(count(state)); };
  return number(EntryState::leased) + " of " + std::to_string(options_.max_size) + " in use, " +
         number(EntryState::idle) + " idle, " + number(EntryState::connecting) + " connecting, " +
         std::to_string(queue_.size()) + " waiting";
}

}  // namespace lmi::detail
