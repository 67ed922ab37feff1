#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace lmi::emulator::model {

/// "2026-11-22T14:46:13.123Z": a time in UTC, to the millisecond. `zone`: how the zone is written.
std::string utc_text(std::chrono::system_clock::time_point time, std::string_view zone = "Z");

}  // namespace lmi::emulator::model
