#pragma once

#include <chrono>
#include <optional>

namespace lmi::core {

/// How long to wait after the n-th failure in a row (1 is the first), or nothing: give up.
/// Doubles from 25 ms to at most 1 s; gives up at the ninth, 3.6 s after the first. Pure.
///
/// A platform that restarts its Runtime API is back within that time; one that is gone for good must not keep
/// a process alive that nobody can reach.
std::optional<std::chrono::milliseconds> retry_delay(unsigned failures) noexcept;

}  // namespace lmi::core
