#pragma once

#include "environment/environment.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::environment {

/// Writes the platform's own log lines, {"time","type","record"} (runtime-api.md §1.8). Functions of standard
/// Lambda whose log format is text have START, END and REPORT lines in their log instead.
///
/// `spec` outlives it; the sinks take a line without newline.
class PlatformLog {
 public:
  struct Sinks {
    std::function<void(const std::string&)> record;  ///< Each as JSON: what the Telemetry API gives out.
    std::function<void(std::string)> line;           ///< What the function's log gets.
  };
  PlatformLog(const EnvironmentSpec& spec, Sinks sinks);

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
  struct Usage {
    std::chrono::milliseconds billed{0};
    std::uint64_t max_memory_mb = 0;
    std::optional<std::chrono::microseconds> init = {};  ///< Of the first call of an environment.
  };
  struct Report {
    std::string_view request_id;
    std::string_view status;  ///< success, error, timeout or failure.
    std::chrono::microseconds duration{0};
    std::string_view error_type;      ///< Empty: none.
    std::string_view trace_id;        ///< Empty: none.
    std::optional<Spans> spans;       ///< Nothing for an answer that never came.
    std::optional<Usage> usage = {};  ///< Of standard Lambda.
  };
  void report(const Report& report);
  /// Of standard Lambda, in text: the line that AWS adds to the log of a call that took too long.
  void timed_out(std::string_view request_id);
  /// Of standard Lambda: the runtime has answered.
  void runtime_done(std::string_view request_id, std::string_view status, std::string_view error_type);
  /// Ours, not AWS's: type "lmi.tmpNotRemoved".
  void tmp_not_removed(std::string_view reason);

 private:
  enum class Level { debug, info, warn };
  /// `record`: the members of the object.
  void line(Level level, std::string_view type, const std::string& record);
  /// A line of the text format; nothing in the other.
  void text(std::string line);

  const EnvironmentSpec& spec_;
  const bool standard_;
  const bool as_text_;
  const Level threshold_;
  Sinks sinks_;
};

/// "2026-11-21T23:31:04.802Z", now and then.
std::string utc_text(std::chrono::system_clock::time_point when = std::chrono::system_clock::now());

/// A JSON array of these texts.
std::string json_list(const std::vector<std::string>& texts);

/// "lambda-managed-instances", or "on-demand" for standard Lambda.
std::string_view initialization_type(const EnvironmentSpec& spec);

}  // namespace lmi::emulator::environment
