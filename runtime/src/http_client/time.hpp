#pragma once

#include <algorithm>
#include <chrono>

namespace lmi::http_client {

using SteadyTime = std::chrono::steady_clock::time_point;

/// `start` + `duration`, or time_point::max() where that would not fit.
inline SteadyTime after(SteadyTime start, std::chrono::milliseconds duration) noexcept {
  const auto room = std::chrono::floor<std::chrono::milliseconds>(SteadyTime::max() - start);
  return duration >= room ? SteadyTime::max() : start + std::max(duration, std::chrono::milliseconds{0});
}

}  // namespace lmi::http_client
