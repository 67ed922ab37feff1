#include "aws/lambda-runtime/runtime.h"
#include "lmi/run.hpp"
#include "turnstile.hpp"
#include "wire/error_report.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <utility>

namespace aws {
namespace lambda_runtime {
namespace {

// run_handler()'s signature has no room for it.
std::atomic<bool> concurrency_allowed{false};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

using Handler = std::function<invocation_response(invocation_request const&)>;

/// aws-lambda-cpp says so when a program does not.
std::string content_type_of(const runtime_response& response) {
  return response.get_content_type().empty() ? "text/html" : response.get_content_type();
}

invocation_request to_request(lmi::detail::EventView event, const lmi::Context& context) {
  invocation_request request;
  request.payload = event.data;
  request.content_type = event.content_type;
  request.request_id = context.request_id();
  request.xray_trace_id = context.trace_id();
  request.client_context = context.client_context();
  request.cognito_identity = context.cognito_identity();
  request.function_arn = context.function_arn();
  request.tenant_id = context.tenant_id();
  if (const auto deadline = context.deadline(); deadline != std::chrono::steady_clock::time_point::max())
    request.deadline =
        std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                               deadline - std::chrono::steady_clock::now());
  return request;
}

/// What the program's own bytes say about themselves.
lmi::Error described_by(const std::string& payload) {
  lmi::Error error{.type = "Unknown", .message = "the handler failed"};
  const auto body = nlohmann::json::parse(payload, nullptr, false);
  if (!body.is_object()) return error;
  if (const auto type = body.find("errorType"); type != body.end() && type->is_string())
    error.type = type->get<std::string>();
  if (const auto message = body.find("errorMessage"); message != body.end() && message->is_string())
    error.message = message->get<std::string>();
  return error;
}

void answer(const invocation_response& response, lmi::detail::Outcome& outcome) {
  lmi::Payload bytes{.data = response.get_payload(), .content_type = content_type_of(response)};
  if (response.is_success()) {
    outcome.answer = std::move(bytes);
    return;
  }
  outcome.error = described_by(bytes.data);
  outcome.verbatim =
      lmi::detail::VerbatimError{.body = std::move(bytes), .xray_cause = response.get_xray_response()};
}

/// One call at a time, as programs of aws-lambda-cpp may rely on.
class OneByOne {
 public:
  explicit OneByOne(const Handler& handler) : handler_{handler} {}

  invocation_response call(const invocation_request& request, const lmi::Context& context) {
    if (!turnstile_.enter(context.deadline(), [&] { return context.stop_token(); }))
      throw lmi::Error{.type = "TurnNeverCame",
                       .message =
                           "the invocation waited for others to end, and its own time ended: "
                           "run_handler() calls the handler once at a time; see allow_concurrency()"};
    const Leave leave{turnstile_};
    return handler_(request);
  }

 private:
  struct Leave {
    lmi::compat::Turnstile& turnstile;
    ~Leave() { turnstile.leave(); }
  };

  const Handler& handler_;
  lmi::compat::Turnstile turnstile_;
};

}  // namespace

invocation_response invocation_response::success(std::string payload, std::string content_type) {
  return {std::move(payload), std::move(content_type), true};
}

invocation_response invocation_response::failure(std::string const& error_message,
                                                 std::string const& error_type,
                                                 std::string const& xray_response) {
  return {lmi::wire::error_body({.type = error_type, .message = error_message}), "application/json", false,
          xray_response};
}

void allow_concurrency() {
  concurrency_allowed = true;
}

void run_handler(Handler const& handler) {
  OneByOne one_by_one{handler};
  const bool at_once = concurrency_allowed;
  // The exit code has nowhere to go: main() of such a program returns its own.
  static_cast<void>(lmi::detail::run_blocking(
      [&](lmi::detail::EventView event, lmi::Context& context, lmi::detail::Outcome& outcome) {
        const auto request = to_request(event, context);
        answer(at_once ? handler(request) : one_by_one.call(request, context), outcome);
      },
      {}));
}

}  // namespace lambda_runtime
}  // namespace aws
