#include "control_plane/invoke_reply.hpp"

#include "model/base64.hpp"

#include <array>
#include <cstdio>

namespace lmi::emulator::control_plane {
namespace {

/// The text AWS has for a failure that is not the handler's own; "" when the handler's body is the answer.
std::string platform_text(const InvokeContext& context, const std::string& error_type) {
  if (error_type == "Sandbox.Timedout") {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "Task timed out after %.2f seconds",
                  static_cast<double>(context.timeout.count()));
    return text.data();
  }
  if (error_type == "Runtime.ExitError") return "Runtime exited without providing a reason";
  if (error_type == "Runtime.OutOfMemory") return "Runtime exited with error: signal: killed";
  return {};
}

}  // namespace

// A handler's own error, and whatever says more than the platform knows, goes to the caller as it came.
std::string error_payload(const InvokeContext& context, const InvokeReply& outcome) {
  std::string text = platform_text(context, outcome.error_type);
  if (text.empty()) return outcome.body;
  const auto given = nlohmann::json::parse(outcome.body, nullptr, false);
  if (given.is_object()) {
    for (const auto& [member, value] : given.items()) {
      const bool is_known = (member == "errorType" || member == "errorMessage") && value.is_string();
      if (!is_known) return outcome.body;
    }
    text = given.value("errorMessage", text);
  }
  if (!text.starts_with("RequestId: ")) text = "RequestId: " + context.request_id + " Error: " + text;
  return nlohmann::ordered_json{{"errorType", outcome.error_type}, {"errorMessage", text}}.dump();
}

model::Result<Reply> invoke_reply(const InvokeContext& context, const InvokeReply& outcome) {
  if (outcome.kind == InvokeReply::Kind::throttled) {
    // The recorded form. No ThrottleReason of the API stands for Lambda Managed Instances: which resource was
    // short shows in metrics only.
    return model::ApiError{"TooManyRequestsException", "Rate Exceeded.", outcome.api_reason};
  }
  Reply reply;
  reply.headers = {{"X-Amz-Executed-Version", context.executed_version},
                   {"X-Amzn-Trace-Id", context.trace_id}};
  if (!outcome.log_tail.empty()) {
    reply.headers.emplace_back("X-Amz-Log-Result", model::base64_encode(outcome.log_tail));
  }
  if (outcome.kind == InvokeReply::Kind::function_error) {
    reply.headers.emplace_back("X-Amz-Function-Error", "Unhandled");
    reply.body = error_payload(context, outcome);
  } else {
    if (!outcome.content_type.empty()) reply.content_type = outcome.content_type;
    reply.body = outcome.body;
  }
  return reply;
}

}  // namespace lmi::emulator::control_plane
