#pragma once

#include "environment/environment.hpp"

#include <chrono>
#include <functional>
#include <optional>
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
  void telemetry_subscription(std::string_view name, const std::vector<std::string>& types);
  void start(const Invocation& invocation);

  /// How an answer's time splits: until its head came, and from then to its last byte.
  struct Spans {
    std::chrono::microseconds latency;
    std::chrono::microseconds duration;
  };
  struct Report {
    std::string_view request_id;
    std::string_view status;  ///< success, error, timeout or failure.
    std::chrono::microseconds duration{0};
    std::string_view error_type;  ///< Empty: none.
    std::string_view trace_id;    ///< Empty: none.
    std::optional<Spans> spans;   ///< Nothing for an answer that never came.
  };
  void report(const Report& report);
  /// Ours, not AWS's: type "lmi.tmpNotRemoved".
  void tmp_not_removed(std::string_view reason);

 private:
  /// `record`: the members of the object.
  void line(std::string_view type, const std::string& record);

  const EnvironmentSpec& spec_;
  std::function<void(std::string)> write_;
};

/// "2026-11-21T23:31:04.802Z", now and then.
std::string utc_text(std::chrono::system_clock::time_point when = std::chrono::system_clock::now());

/// A JSON array of these texts.
std::string json_list(const std::vector<std::string>& texts);

/// "lambda-managed-instances", or "on-demand" for standard Lambda.
std::string_view initialization_type(const EnvironmentSpec& spec);

}  // namespace lmi::emulator::environment
