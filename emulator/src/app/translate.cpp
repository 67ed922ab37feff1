#include "app/translate.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace lmi::emulator::app {
namespace {

struct ReasonRow {
  std::string_view error_type;  ///< A whole type, or with '.' at its end a group of them.
  std::string_view reason_code;
};

// Left: runtime-api.md §4.5. Right: the StateReasonCode enumeration of the API model.
constexpr std::array<ReasonRow, 8> reasons{{
    {"Sandbox.Timedout", "FunctionError.InitTimeout"},
    {"Runtime.InvalidEntrypoint", "FunctionError.InvalidEntryPoint"},
    {"Runtime.InvalidWorkingDir", "FunctionError.InvalidWorkingDirectory"},
    {"Runtime.OutOfMemory", "FunctionError.InitResourceExhausted"},
    {"PermissionDenied", "FunctionError.PermissionDenied"},
    {"Extension.PermissionDenied", "FunctionError.PermissionDenied"},
    {"TooManyExtensions", "FunctionError.TooManyExtensions"},
    {"Extension.", "FunctionError.ExtensionInitError"},
}};

bool covers(std::string_view row, std::string_view error_type) {
  return row.back() == '.' ? error_type.substr(0, row.size()) == row : error_type == row;
}

std::string_view reason_code(std::string_view error_type) {
  for (const ReasonRow& row : reasons) {
    if (covers(row.error_type, error_type)) return row.reason_code;
  }
  return "FunctionError.RuntimeInitError";
}

}  // namespace

fleet::VersionFailure version_failure(const environment::InitFailure& failure,
                                      const std::string& function_name) {
  std::string reason = "The execution environment failed to initialize: " + failure.error_type;
  if (!failure.message.empty()) reason += " (" + failure.message + ")";
  reason += ". See the function's log: lmi logs " + function_name;
  return {std::string{reason_code(failure.error_type)}, std::move(reason)};
}

control_plane::InvokeReply invoke_reply(environment::Outcome outcome) {
  using Kind = control_plane::InvokeReply::Kind;
  control_plane::InvokeReply reply;
  reply.kind = outcome.kind == environment::Outcome::Kind::success ? Kind::success : Kind::function_error;
  reply.error_type = std::move(outcome.error_type);
  reply.duration = outcome.duration;
  reply.content_type = std::move(outcome.content_type);
  reply.body = std::move(outcome.body);
  // Error types are names without characters that JSON would have to escape.
  if (reply.kind == Kind::function_error && reply.body.empty()) {
    reply.body = R"({"errorType":")" + reply.error_type + R"("})";
  }
  return reply;
}

control_plane::InvokeReply throttled(fleet::ThrottleReason reason) {
  control_plane::InvokeReply reply;
  reply.kind = control_plane::InvokeReply::Kind::throttled;
  switch (reason) {
    case fleet::ThrottleReason::concurrency: reply.throttle_reason = "Concurrency"; break;
    case fleet::ThrottleReason::cpu: reply.throttle_reason = "CPU"; break;
    case fleet::ThrottleReason::memory: reply.throttle_reason = "Memory"; break;
    case fleet::ThrottleReason::disk: reply.throttle_reason = "Disk"; break;
  }
  return reply;
}

bool may_try_elsewhere(const environment::Outcome& outcome) {
  // A call that was already running when its environment was shut down must not run twice.
  return outcome.kind == environment::Outcome::Kind::refused &&
         outcome.error_type != "Client.ExecutionEnvironmentShutDown";
}

environment::Invocation invocation_of(control_plane::InvokeCall call) {
  environment::Invocation invocation;
  invocation.request_id = std::move(call.request_id);
  invocation.invoked_arn = std::move(call.invoked_arn);
  invocation.payload = std::move(call.payload);
  if (!call.content_type.empty()) invocation.content_type = std::move(call.content_type);
  invocation.trace_id = std::move(call.trace_id);
  invocation.client_context = std::move(call.client_context);
  invocation.wants_log_tail = call.wants_log_tail;
  invocation.sink = std::move(call.sink);
  return invocation;
}

}  // namespace lmi::emulator::app
