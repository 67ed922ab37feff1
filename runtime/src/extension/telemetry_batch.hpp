#pragma once

#include "lmi/telemetry.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace lmi::extension {

/// What a request's body says.
struct TelemetryBatch {
  std::vector<TelemetryEvent> events;
  std::uint64_t malformed_events = 0;  ///< Without type or record.
};

/// Nothing when `body` is not a JSON array. Records are cut out as they are, never rebuilt: cost and depth of
/// what a function logs do not matter. Pure.
std::optional<TelemetryBatch> read_batch(std::string_view body);

/// Nothing unless it is a platform.logsDropped.
std::optional<TelemetryDropped> read_dropped(const TelemetryEvent& event);

}  // namespace lmi::extension
