#include "pool/breaker.hpp"

#include <algorithm>

namespace lmi::pool {

SteadyTime Breaker::retry_at() const noexcept {
  return state_ == State::open ? retry_at_ : SteadyTime::max();
}

void Breaker::succeeded() noexcept {
  state_ = State::closed;
  failures_ = 0;
  delay_ = std::chrono::milliseconds{0};
}

void Breaker::failed(SteadyTime now, double random) noexcept {
  if (state_ == State::open) return;
  ++failures_;
  if (state_ == State::half_open || failures_ >= failures_to_open_) open(now, random);
}

void Breaker::open(SteadyTime now, double random) noexcept {
  delay_ = delay_.count() == 0 ? first_delay_ : std::min(delay_ * 2, longest_delay_);
  const std::chrono::duration<double, std::milli> shortened =
      std::chrono::duration<double, std::milli>{delay_} * (1.0 - random / 4);
  state_ = State::open;
  retry_at_ = now + std::chrono::duration_cast<std::chrono::nanoseconds>(shortened);
}

std::size_t connections_to_create(const Demand& demand, const PoolOptions& options) noexcept {
  const auto ready = demand.idle + demand.checking;
  const auto spare = options.min_idle > ready ? options.min_idle - ready : 0;
  const auto wanted = demand.waiters + spare;
  const auto missing = wanted > demand.connecting ? wanted - demand.connecting : 0;
  const auto room = options.max_size > demand.existing ? options.max_size - demand.existing : 0;
  const auto at_once =
      options.max_connecting > demand.connecting ? options.max_connecting - demand.connecting : 0;
  return std::min({missing, room, at_once});
}

}  // namespace lmi::pool
