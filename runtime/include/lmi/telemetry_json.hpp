#pragma once

#include "lmi/telemetry.hpp"

#include <nlohmann/json.hpp>

namespace lmi {

/// The record of an event as a value: an object, or a string for a line that is not JSON. Records of events
/// that a TelemetrySubscriber handed on are valid JSON; for any other text it throws nlohmann's parse_error.
/// Threads: any; the value owns what it holds.
inline nlohmann::json telemetry_record(const TelemetryEvent& event) {
  return nlohmann::json::parse(event.record);
}

}  // namespace lmi
