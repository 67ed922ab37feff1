#include "environment/platform_log.hpp"

#include "environment/error_types.hpp"
#include "environment/json_text.hpp"

#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

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

const char* phase_name(const EnvironmentSpec& spec) {
  return spec.repeats_init ? "invoke" : "init";
}

std::string phase(const EnvironmentSpec& spec) {
  return field("phase", phase_name(spec));
}

/// Milliseconds with two decimals, as text lines have them.
std::string text_ms(std::chrono::microseconds duration) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.2f", static_cast<double>(duration.count()) / 1000.0);
  return text.data();
}

std::string text_seconds(std::chrono::milliseconds duration) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.2f", static_cast<double>(duration.count()) / 1000.0);
  return text.data();
}

std::string usage_metrics(const PlatformLog::Usage& usage, unsigned memory_mb) {
  std::string metrics = R"(,"billedDurationMs":)" + std::to_string(usage.billed.count()) +
                        R"(,"memorySizeMB":)" + std::to_string(memory_mb) + R"(,"maxMemoryUsedMB":)" +
                        std::to_string(usage.max_memory_mb);
  if (usage.init) metrics += R"(,"initDurationMs":)" + milliseconds(*usage.init);
  return metrics;
}

/// The recorded form; Status and Error Type of failures are from memory of AWS's logs.
std::string report_text(const PlatformLog::Report& report, unsigned memory_mb) {
  std::string text = "REPORT RequestId: " + std::string{report.request_id} +
                     "\tDuration: " + text_ms(report.duration) +
                     " ms\tBilled Duration: " + std::to_string(report.usage->billed.count()) +
                     " ms\tMemory Size: " + std::to_string(memory_mb) +
                     " MB\tMax Memory Used: " + std::to_string(report.usage->max_memory_mb) + " MB\t";
  if (report.usage->init) text += "Init Duration: " + text_ms(*report.usage->init) + " ms\t";
  if (report.status == "timeout") text += "Status: timeout";
  if (report.status == "failure") text += "Status: error\tError Type: " + std::string{report.error_type};
  return text;
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
  if (spec.max_concurrency) return "lambda-managed-instances";
  return spec.provisioned ? "provisioned-concurrency" : "on-demand";
}

PlatformLog::PlatformLog(const EnvironmentSpec& spec, Sinks sinks)
    : spec_{spec},
      standard_{!spec.max_concurrency},
      as_text_{standard_ && spec.log_format == "Text"},
      threshold_{!standard_                         ? Level::debug
                 : spec.system_log_level == "DEBUG" ? Level::debug
                 : spec.system_log_level == "WARN"  ? Level::warn
                                                    : Level::info},
      sinks_{std::move(sinks)} {}

void PlatformLog::line(Level level, std::string_view type, const std::string& record) {
  std::string text = R"({"time":")" + utc_text() + R"(","type":")";
  text.append(type).append(R"(","record":{)").append(record).append("}}");
  sinks_.record(text);
  if (!as_text_ && level >= threshold_) sinks_.line(std::move(text));
}

void PlatformLog::text(std::string line) {
  if (as_text_) sinks_.line(std::move(line));
}

// The levels are those of AWS's documentation of system logs; it leaves initStart and start to DEBUG where no
// runtime version is set, which here is always: they are INFO, so that a call's beginning shows.

void PlatformLog::init_start() {
  line(Level::info, "platform.initStart",
       field("initializationType", initialization_type(spec_), true) + field("runtimeVersion", "") +
           field("runtimeVersionArn", "") + field("functionName", spec_.function_name) +
           field("functionVersion", spec_.function_version) + field("instanceId", spec_.log_stream) +
           R"(,"instanceMaxMemory":)" + std::to_string(std::uint64_t{spec_.memory_mb} << 20) + phase(spec_));
}

void PlatformLog::init_runtime_done(std::string_view error_type) {
  line(error_type.empty() ? Level::debug : Level::warn, "platform.initRuntimeDone",
       field("initializationType", initialization_type(spec_), true) +
           field("status", init_status(error_type)) + phase(spec_) + optional_error(error_type));
}

void PlatformLog::init_report(std::chrono::microseconds duration, std::string_view error_type) {
  line(error_type.empty() ? Level::debug : Level::warn, "platform.initReport",
       field("initializationType", initialization_type(spec_), true) + R"(,"metrics":{"durationMs":)" +
           milliseconds(duration) + '}' + phase(spec_) + field("status", init_status(error_type)) +
           optional_error(error_type));
  if (error_type.empty()) return;
  text("INIT_REPORT Init Duration: " + text_ms(duration) + " ms\tPhase: " + phase_name(spec_) +
       (error_type == error_type::timed_out ? "\tStatus: timeout"
                                            : "\tStatus: error\tError Type: " + std::string{error_type}));
}

void PlatformLog::extension(std::string_view name, std::string_view state,
                            const std::vector<std::string>& events) {
  line(Level::info, "platform.extension",
       field("name", name, true) + field("state", state) + R"(,"events":)" + json_list(events));
  std::string listed;
  for (const std::string& event : events) listed += (listed.empty() ? "" : ", ") + event;
  text("EXTENSION\tName: " + std::string{name} + "\tState: " + std::string{state} + "\tEvents: [" + listed +
       "]");
}

void PlatformLog::telemetry_subscription(std::string_view name, const std::vector<std::string>& types) {
  line(Level::info, "platform.telemetrySubscription",
       field("name", name, true) + field("state", "Subscribed") + R"(,"types":)" + json_list(types));
}

void PlatformLog::start(const Invocation& invocation) {
  const auto& arn = invocation.invoked_arn.empty() ? spec_.function_arn : invocation.invoked_arn;
  line(Level::info, "platform.start",
       field("requestId", invocation.request_id, true) + field("version", spec_.function_version) +
           field("functionArn", arn) + optional_tracing(invocation.trace_id));
  text("START RequestId: " + invocation.request_id + " Version: " + spec_.function_version);
}

void PlatformLog::timed_out(std::string_view request_id) {
  text(utc_text() + ' ' + std::string{request_id} + " Task timed out after " + text_seconds(spec_.timeout) +
       " seconds");
}

void PlatformLog::runtime_done(std::string_view request_id, std::string_view status,
                               std::string_view error_type) {
  line(status == "success" ? Level::debug : Level::warn, "platform.runtimeDone",
       field("requestId", request_id, true) + field("status", status) + optional_error(error_type));
  text("END RequestId: " + std::string{request_id});
}

void PlatformLog::report(const Report& report) {
  std::string spans;
  if (report.spans) {
    const auto now = std::chrono::system_clock::now();
    const auto [latency, duration] = *report.spans;
    spans = R"(,"spans":[)" + span("responseLatency", now - latency - duration, latency) + ',' +
            span("responseDuration", now - duration, duration) + ']';
  }
  std::string usage;
  if (report.usage) usage = usage_metrics(*report.usage, spec_.memory_mb);
  line(report.status == "success" ? Level::info : Level::warn, "platform.report",
       field("requestId", report.request_id, true) + field("status", report.status) +
           R"(,"metrics":{"durationMs":)" + milliseconds(report.duration) + usage + '}' + spans +
           optional_error(report.error_type) + optional_tracing(report.trace_id));
  if (as_text_ && report.usage) text(report_text(report, spec_.memory_mb));
}

void PlatformLog::tmp_not_removed(std::string_view reason) {
  line(Level::warn, "lmi.tmpNotRemoved", field("reason", reason, true));
}

}  // namespace lmi::emulator::environment
