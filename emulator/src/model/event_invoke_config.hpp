#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace lmi::emulator::model {

/// What PutFunctionEventInvokeConfig set for one qualifier; absent members stand for the service's defaults.
struct EventInvokeConfig {
  std::optional<unsigned> retry_attempts{};
  std::optional<unsigned> event_age_seconds{};
  std::string on_success{};  ///< ARN; empty: nothing.
  std::string on_failure{};
  std::chrono::system_clock::time_point last_modified{};
};

/// By qualifier: $LATEST stands for calls without one.
using EventInvokeConfigs = std::map<std::string, EventInvokeConfig, std::less<>>;

}  // namespace lmi::emulator::model
