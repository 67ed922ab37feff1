#include "environment/replies.hpp"

#include "environment/json_text.hpp"

namespace lmi::emulator::environment::replies {

using http::Response;

namespace {

Response json(unsigned status, std::string body) {
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

}  // namespace

Response accepted() {
  return json(202, "{\"status\":\"OK\"}\n");
}

Response error(unsigned status, std::string_view type, std::string_view message) {
  return json(status,
              R"({"errorMessage":)" + json_quoted(message) + R"(,"errorType":)" + json_quoted(type) + "}\n");
}

Response invalid_request_id() {
  return error(400, "InvalidRequestID", "Invalid request ID");
}
Response invoke_timeout() {
  return error(410, "InvokeTimeout", "Invoke timeout");
}
Response invalid_response_mode() {
  return error(400, "InvalidFunctionResponseMode", "Invalid function response mode");
}
Response too_large(std::size_t limit) {
  return error(413, "RequestEntityTooLarge",
               "Exceeded maximum allowed payload size (" + std::to_string(limit) + " bytes).");
}
Response truncated() {
  return error(400, "TruncatedHTTPRequest", "HTTP request detected as truncated");
}
Response internal_error() {
  return error(500, "InternalServerError", "Internal Server Error");
}
Response init_error_sent_twice() {
  return error(
      403, "InvalidStateTransition",
      "State transition from InitError to InitError failed for runtime. Error: state transition is not "
      "allowed");
}

Response not_found() {
  return {.status = 404,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"X-Content-Type-Options", "nosniff"}},
          .body = "404 page not found\n"};
}
Response method_not_allowed() {
  return {.status = 405, .headers = {}, .body = {}};
}
Response pong() {
  return {.status = 200, .headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = "pong"};
}

}  // namespace lmi::emulator::environment::replies
