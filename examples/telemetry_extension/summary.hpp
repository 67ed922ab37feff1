#pragma once

#include <lmi/telemetry.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

/// Follows invocations from their start to their report. On Managed Instances many are under way at once, and
/// their events come in any order.
///
/// Threads: any.
class Summary {
 public:
  /// A line about an invocation, when this event was its last; JSON.
  std::optional<std::string> add(const lmi::TelemetryEvent& event);

  /// A line about everything seen; JSON.
  std::string total();

 private:
  std::mutex mutex_;
  std::map<std::string, unsigned> lines_;           ///< By request id, while it is under way.
  std::map<std::string, std::uint64_t> per_type_;
};
