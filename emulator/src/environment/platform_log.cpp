#include "environment/platform_log.hpp"

#include "environment/json_text.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace lmi::emulator::environment {
namespace {

std::string utc_now() {
  const auto now = std::chrono::system_clock::now();
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ", static_cast<int>(ms));
  return text.data();
}

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

}  // namespace

std::string_view initialization_type(const EnvironmentSpec& spec) {
  return spec.max_concurrency ? "lambda-managed-instances" : "on-demand";
}

void PlatformLog::line(std::string_view type, const std::string& record) {
  std::string text = R"({"time":")" + utc_now() + R"(","type":")";
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
  std::string list;
  for (const auto& event : events) list += (list.empty() ? "" : ",") + json_quoted(event);
  line("platform.extension",
       field("name", name, true) + field("state", state) + R"(,"events":[)" + list + ']');
}

void PlatformLog::start(const Invocation& invocation) {
  const auto& arn = invocation.invoked_arn.empty() ? spec_.function_arn : invocation.invoked_arn;
  line("platform.start", field("requestId", invocation.request_id, true) +
                             field("version", spec_.function_version) + field("functionArn", arn));
}

void PlatformLog::report(std::string_view request_id, std::string_view status,
                         std::chrono::microseconds duration, std::string_view error_type) {
  line("platform.report", field("requestId", request_id, true) + field("status", status) +
                              R"(,"metrics":{"durationMs":)" + milliseconds(duration) + '}' +
                              optional_error(error_type));
}

void PlatformLog::tmp_not_removed(std::string_view reason) {
  line("lmi.tmpNotRemoved", field("reason", reason, true));
}

}  // namespace lmi::emulator::environment
