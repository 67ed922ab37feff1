#include "environment/messages.hpp"

#include "environment/base64.hpp"
#include "environment/error_types.hpp"
#include "environment/json_text.hpp"
#include "environment/replies.hpp"

#include <array>
#include <cstdio>
#include <utility>

namespace lmi::emulator::environment {
namespace {

std::string epoch_ms_after(std::chrono::milliseconds duration) {
  const auto deadline = std::chrono::system_clock::now() + duration;
  return std::to_string(
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline.time_since_epoch()).count());
}

}  // namespace

http::Headers next_headers(const EnvironmentSpec& spec, const Invocation& invocation,
                           const std::string& nonce) {
  http::Headers headers{
      {"Content-Type", invocation.content_type},
      {"Lambda-Runtime-Aws-Request-Id", invocation.request_id},
      {"Lambda-Runtime-Deadline-Ms", epoch_ms_after(spec.timeout)},
      {"Lambda-Runtime-Invoked-Function-Arn",
       invocation.invoked_arn.empty() ? spec.function_arn : invocation.invoked_arn},
      {nonce_header, nonce},
  };
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) headers.add(name, value);
  };
  add("Lambda-Runtime-Trace-Id", invocation.trace_id);
  add("Lambda-Runtime-Client-Context", invocation.client_context);
  add("Lambda-Runtime-Cognito-Identity", invocation.cognito_identity);
  add("Lambda-Runtime-Aws-Tenant-Id", invocation.tenant_id);
  return headers;
}

Outcome platform_outcome(Outcome::Kind kind, std::string_view error_type, std::string_view message) {
  return {.kind = kind,
          .error_type = std::string(error_type),
          .content_type = "application/json",
          .body = json_error_payload(error_type, message)};
}

Outcome timeout_outcome(std::chrono::milliseconds timeout) {
  std::array<char, 64> message{};
  std::snprintf(message.data(), message.size(), "Task timed out after %.2f seconds",
                static_cast<double>(timeout.count()) / 1000.0);
  return platform_outcome(Outcome::Kind::function_error, error_type::timed_out, message.data());
}

Outcome response_outcome(http::Body body, std::string content_type, bool streamed) {
  if (body.end == http::BodyEnd::too_large) {
    return platform_outcome(Outcome::Kind::function_error, error_type::response_too_large);
  }
  if (body.end != http::BodyEnd::complete) {
    return platform_outcome(Outcome::Kind::function_error, error_type::truncated_response);
  }
  if (const auto type = body.trailers.get(error_type_header); !type.empty()) {
    // The stream failed in the middle; what came before is no result. Details that cannot be read are empty.
    return {.kind = Outcome::Kind::function_error,
            .error_type = error_type::validated(type),
            .content_type = {},
            .body = base64_decoded(body.trailers.get(error_body_trailer)).value_or(""),
            .streamed = streamed};
  }
  return {.kind = Outcome::Kind::success,
          .error_type = {},
          .content_type = std::move(content_type),
          .body = std::move(body.data),
          .streamed = streamed};
}

http::Response response_reply(http::BodyEnd end, std::size_t limit) {
  switch (end) {
    case http::BodyEnd::complete: return replies::accepted();
    case http::BodyEnd::too_large: return replies::too_large(limit);
    case http::BodyEnd::truncated:
    case http::BodyEnd::disconnected: return replies::truncated();
  }
  return replies::internal_error();
}

}  // namespace lmi::emulator::environment
