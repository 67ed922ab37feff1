#pragma once

#include "environment/environment.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lmi::emulator::environment {

/// Where a subscriber listens: for batches as HTTP requests, or for events one a line.
struct TelemetryHttp {
  unsigned short port = 0;
  std::string authority;
  std::string path;
};
struct TelemetryTcp {
  unsigned short port = 0;
};

/// The body of PUT /telemetry (runtime-api.md §1.8).
struct TelemetrySubscription {
  bool platform = false;
  bool function = false;
  bool extension = false;

  std::size_t max_items = 10'000;
  std::size_t max_bytes = 262'144;
  std::chrono::milliseconds timeout{1000};

  /// Lines that are JSON objects become records as they are; in the oldest schema they stay text.
  bool structured_lines = true;

  std::variant<TelemetryHttp, TelemetryTcp> destination;

  bool wants(LogSource source) const noexcept {
    return source == LogSource::platform ? platform : source == LogSource::function ? function : extension;
  }
  /// The names of what it wants, in that order.
  std::vector<std::string> types() const;
};

/// What is wrong with a subscription, in words.
struct TelemetryProblem {
  std::string message;
};

/// Checks as AWS's own emulator does; the words are ours, because its text was not recorded. Managed
/// Instances take schema version 2025-01-29 only. Pure.
std::variant<TelemetrySubscription, TelemetryProblem> parse_subscription(std::string_view body,
                                                                         bool managed_instances);

}  // namespace lmi::emulator::environment
