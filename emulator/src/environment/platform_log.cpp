#include "environment/platform_log.hpp"

#include "environment/json_text.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace lmi::emulator::environment {
namespace {

/// Milliseconds with three decimals, as a JSON number.
std::string milliseconds(std::chrono::microseconds duration) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.3f", static_cast<double>(duration.count()) / 1000.0);
  return text.data();
}

/// `"key":"value"`, after a comma unless it is the first.
std::string field(std::string_view key, std::string_view value, bool first = false) {
  std::string text = first ? "\"" : ",\"";
  text.append(key).append("\":").append(json_quoted(value));
  return text;
}

std::string optional_error(std::string_view error_type) {
  return error_type.empty() ? std::string{} : field("errorType", error_type);
}

std::string init_status(std::string_view error_type) {
  return error_type.empty() ? "success" : "error";
}

/// `,"tracing":{…}`, or nothing.
std::string optional_tracing(std::string_view trace_id) {
  if (trace_id.empty()) return {};
  return R"(,"tracing":{"type":"X-Amzn-Trace-Id","value":)" + json_quoted(trace_id) + '}';
}

std::string span(std::string_view name, std::chrono::system_clock::time_point start,
                 std::chrono::microseconds duration) {
  return '{' + field("name", name, true) + field("start", utc_text(start)) + R"(,"durationMs":)" +
         milliseconds(duration) + '}';
}

}  // namespace

std::string utc_text(std::chrono::system_clock::time_point when) {
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count() % 1000;
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ", static_cast<int>(ms));
  return text.data();
}

std::string json_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const auto& text : texts) list += (list.empty() ? "" : ",") + json_quoted(text);
  return '[' + list + ']';
}

std::string_view initialization_type(const EnvironmentSpec& spec) {
  return spec.max_concurrency ? "lambda-managed-instances" : "on-demand";
}

void PlatformLog::line(std::string_view type, const std::string& record) {
  std::string text = R"({"time":")" + utc_text() + R"(","type":")";
  text.append(type).append(R"(","record":{)").append(record).append("}}");
  write_(std::move(text));
}

void PlatformLog::init_start() {
  line("platform.initStart",
       field("initializationType", initialization_type(spec_), true) + field("runtimeVersion", "") +
           field("runtimeVersionArn", "") + field("functionName", spec_.function_name) +
           field("functionVersion", spec_.function_version) + field("instanceId", spec_.log_stream) +
           R"(,"instanceMaxMemory":)" + std::to_string(std::uint64_t{spec_.memory_mb} << 20) +
           field("phase", "init"));
}

void PlatformLog::init_runtime_done(std::string_view error_type) {
  line("platform.initRuntimeDone", field("initializationType", initialization_type(spec_), true) +
                                       field("status", init_status(error_type)) + field("phase", "init") +
                                       optional_error(error_type));
}

void PlatformLog::init_report(std::chrono::microseconds duration, std::string_view error_type) {
  line("platform.initReport", field("initializationType", initialization_type(spec_), true) +
                                  R"(,"metrics":{"durationMs":)" + milliseconds(duration) + '}' +
                                  field("phase", "init") + field("status", init_status(error_type)) +
                                  optional_error(error_type));
}

void PlatformLog::extension(std::string_view name, std::string_view state,
                            const std::vector<std::string>& events) {
  line("platform.extension",
       field("name", name, true) + field("state", state) + R"(,"events":)" + json_list(events));
}

void PlatformLog::telemetry_subscription(std::string_view name, const std::vector<std::string>& types) {
  line("platform.telemetrySubscription",
       field("name", name, true) + field("state", "Subscribed") + R"(,"types":)" + json_list(types));
}

void PlatformLog::start(const Invocation& invocation) {
  const auto& arn = invocation.invoked_arn.empty() ? spec_.function_arn : invocation.invoked_arn;
  line("platform.start", field("requestId", invocation.request_id, true) +
                             field("version", spec_.function_version) + field("functionArn", arn) +
                             optional_tracing(invocation.trace_id));
}

void PlatformLog::report(const Report& report) {
  std::string spans;
  if (report.spans) {
    const auto now = std::chrono::system_clock::now();
    const auto [latency, duration] = *report.spans;
    spans = R"(,"spans":[)" + span("responseLatency", now - latency - duration, latency) + ',' +
            span("responseDuration", now - duration, duration) + ']';
  }
  line("platform.report", field("requestId", report.request_id, true) + field("status", report.status) +
                              R"(,"metrics":{"durationMs":)" + milliseconds(report.duration) + '}' + spans +
                              optional_error(report.error_type) + optional_tracing(report.trace_id));
}

void PlatformLog::tmp_not_removed(std::string_view reason) {
  line("lmi.tmpNotRemoved", field("reason", reason, true));
}

}  // namespace lmi::emulator::environment
