#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace lmi::cli::load {

using Clock = std::chrono::steady_clock;

/// When requests are meant to leave, at a constant rate: request i at start + i / rate, whatever became of
/// those before it. Latency counted from that moment does not hide the requests a slow answer held up. Pure:
/// time comes in as a value.
class ConstantRate {
 public:
  /// `per_second` must be greater than 0.
  ConstantRate(Clock::time_point start, double per_second) : start_{start}, per_second_{per_second} {}

  Clock::time_point intended(std::uint64_t index) const {
    const std::chrono::duration<double> offset{static_cast<double>(index) / per_second_};
    return start_ + std::chrono::duration_cast<Clock::duration>(offset);
  }

  /// How many requests are meant to have left by `now`, the one at `now` included.
  std::uint64_t due(Clock::time_point now) const {
    if (now < start_) return 0;
    const std::chrono::duration<double> elapsed = now - start_;
    auto count = static_cast<std::uint64_t>(elapsed.count() * per_second_);
    while (intended(count) <= now) ++count;  // the division rounds either way
    while (count > 0 && intended(count - 1) > now) --count;
    return count;
  }

 private:
  Clock::time_point start_;
  double per_second_;
};

/// When a run is over: after so many requests, or at that moment, whichever is set and comes first.
struct RunLimit {
  std::uint64_t requests = std::numeric_limits<std::uint64_t>::max();
  std::optional<Clock::time_point> end;

  bool reached(std::uint64_t started, Clock::time_point now) const {
    return started >= requests || (end && now >= *end);
  }
};

}  // namespace lmi::cli::load
