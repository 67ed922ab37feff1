#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>

namespace lmi::emulator::supervisor {

/// What the processes of one session have used.
struct Usage {
  std::chrono::microseconds cpu{0};  ///< User and system time, children that were waited for included.
  std::uint64_t resident_bytes = 0;  ///< Now; pages that processes share count for each.
};

/// The usage of the sessions led by `leaders` (a child of the supervisor leads one of its own), read from
/// /proc. A session without a live process is left out. CPU time is counted in ticks of the kernel, as a rule
/// 10 ms, and falls when an orphan ends.
std::map<int, Usage> usage_of_sessions(std::span<const int> leaders);

}  // namespace lmi::emulator::supervisor
