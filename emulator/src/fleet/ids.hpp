#pragma once

#include <chrono>
#include <cstdint>

namespace lmi::emulator::fleet {

/// Time as the driver tells it: microseconds since the fleet's beginning. The core never looks at a clock.
using Time = std::chrono::microseconds;

enum class InstanceId : std::uint64_t {};
enum class EnvironmentId : std::uint64_t {};
enum class VersionId : std::uint64_t {};  ///< Given by the driver; one published version of one function.
enum class CallId : std::uint64_t {};     ///< A call that waits in the fleet's queue.

}  // namespace lmi::emulator::fleet
