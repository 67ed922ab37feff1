#include "fleet/signal.hpp"

namespace lmi::emulator::fleet {

void Signal::sample(Time now, Time window) {
  advance(now);
  samples_.push_back({now, area_});
  // The second one is old enough to stand for the window's beginning: the first is not needed any more.
  while (samples_.size() > 2 && samples_[1].time <= now - window) samples_.pop_front();
}

std::uint64_t Signal::mean(Time now, Time window) const noexcept {
  const std::uint64_t area = area_ + level_ * static_cast<std::uint64_t>((now - since_).count());
  const Sample* from = nullptr;
  for (auto sample = samples_.rbegin(); sample != samples_.rend(); ++sample) {
    if (sample->time >= now) continue;  // a span of no length has no mean
    from = &*sample;
    if (sample->time <= now - window) break;
  }
  if (from == nullptr) return level_;
  return (area - from->area) / static_cast<std::uint64_t>((now - from->time).count());
}

}  // namespace lmi::emulator::fleet
