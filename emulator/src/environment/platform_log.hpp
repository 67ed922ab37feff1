#pragma once

#include "environment/environment.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::environment {

/// Writes the platform's own log lines, {"time","type","record"} (runtime-api.md §1.8).
///
/// `spec` outlives it; `write` takes a line without newline.
class PlatformLog {
 public:
  PlatformLog(const EnvironmentSpec& spec, std::function<void(std::string)> write)
      : spec_{spec}, write_{std::move(write)} {}

  void init_start();
  /// `error_type` empty: success.
  void init_runtime_done(std::string_view error_type);
  void init_report(std::chrono::microseconds duration, std::string_view error_type);
  void extension(std::string_view name, std::string_view state, const std::vector<std::string>& events);
  void start(const Invocation& invocation);
  /// `status`: success, error, timeout or failure.
  void report(std::string_view request_id, std::string_view status, std::chrono::microseconds duration,
              std::string_view error_type);
  /// Ours, not AWS's: type "lmi.tmpNotRemoved".
  void tmp_not_removed(std::string_view reason);

 private:
  /// `record`: the members of the object.
  void line(std::string_view type, const std::string& record);

  const EnvironmentSpec& spec_;
  std::function<void(std::string)> write_;
};

/// "lambda-managed-instances", or "on-demand" for standard Lambda.
std::string_view initialization_type(const EnvironmentSpec& spec);

}  // namespace lmi::emulator::environment
