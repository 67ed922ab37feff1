#pragma once

#include <chrono>
#include <cmath>

namespace lmi::sizing::simulate {

/// Simulated time: since the first moment of the scenario, when its version is active.
using Time = std::chrono::nanoseconds;

inline double seconds(Time time) {
  return std::chrono::duration<double>(time).count();
}
inline double milliseconds(Time time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

inline Time from_seconds(double value) {
  return Time{std::llround(value * 1e9)};
}
inline Time from_milliseconds(double value) {
  return Time{std::llround(value * 1e6)};
}

}  // namespace lmi::sizing::simulate
