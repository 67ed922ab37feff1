#pragma once

#include "fleet/ids.hpp"
#include "loop/loop.hpp"

#include <chrono>

namespace lmi::emulator::app {

/// The fleet's time: from its beginning on, `scale` times as fast as the loop's clock.
///
/// Threads:  loop thread only.
/// Lifetime: the loop must outlive it.
class FleetClock {
 public:
  using Date = std::chrono::system_clock::time_point;

  /// `began`: the date at which the fleet's time is 0, which is now.
  FleetClock(const Loop& loop, unsigned scale, Date began)
      : loop_{loop}, scale_{scale}, start_{loop.now()}, began_{began} {}

  fleet::Time now() const { return std::chrono::duration_cast<fleet::Time>(loop_.now() - start_) * scale_; }

  /// The date that the fleet has come to: with a scale above 1 it runs ahead of the calendar.
  Date date() const { return began_ + std::chrono::duration_cast<Date::duration>(now()); }

  /// How long that much of the fleet's time takes; rounded up, so that it has passed then.
  Clock::duration on_the_wall(fleet::Time duration) const {
    return std::chrono::ceil<fleet::Time>(std::chrono::nanoseconds{duration} / scale_) +
           fleet::Time{scale_ > 1 ? 1 : 0};
  }

 private:
  const Loop& loop_;
  unsigned scale_;
  Clock::time_point start_;
  Date began_;
};

}  // namespace lmi::emulator::app
