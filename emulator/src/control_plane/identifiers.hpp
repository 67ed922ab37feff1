#pragma once

#include <chrono>
#include <string>

namespace lmi::emulator::control_plane {

/// A random UUID, version 4: request ids and revision ids.
std::string random_uuid();

/// A trace header for a caller that sent none: "Root=1-<seconds>-<random>;Sampled=0".
std::string new_trace_id(std::chrono::system_clock::time_point now);

/// A time of day as the resources have it whose times are numbers: seconds since 1970.
double epoch_seconds(std::chrono::system_clock::time_point time);

}  // namespace lmi::emulator::control_plane
