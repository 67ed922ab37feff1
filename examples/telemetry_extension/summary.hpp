#pragma once

#include <cstdint>
#include <lmi/telemetry.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <string>

/// Counts what happened, and puts a report into words.
///
/// Threads: any.
class Summary {
 public:
  /// A line about an invocation, when this is its report; JSON. On Managed Instances many are under way at
  /// once, and nothing is said about the order of their events: a line that the function wrote may come after
  /// the report of its invocation.
  std::optional<std::string> add(const lmi::TelemetryEvent& event);

  /// A line about everything seen; JSON.
  std::string total();

 private:
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> per_type_;
};
