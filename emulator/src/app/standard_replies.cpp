#include "app/standard_replies.hpp"

#include <nlohmann/json.hpp>

namespace lmi::emulator::app {
namespace {

/// ReservedFunctionConcurrentInvocationLimitExceeded was recorded for a function whose reserved concurrency
/// is in use. The others are inferred from their names; AWS gives no reason of its own for starts that come
/// too fast.
const char* throttle_reason(standard::Refusal reason) {
  switch (reason) {
    case standard::Refusal::concurrency: return "ConcurrentInvocationLimitExceeded";
    case standard::Refusal::reserved_concurrency: return "ReservedFunctionConcurrentInvocationLimitExceeded";
    case standard::Refusal::call_rate: return "CallerRateLimitExceeded";
    case standard::Refusal::reserved_call_rate: return "ReservedFunctionInvocationRateLimitExceeded";
    case standard::Refusal::start_rate: return "ConcurrentInvocationLimitExceeded";
  }
  return "ConcurrentInvocationLimitExceeded";
}

}  // namespace

control_plane::InvokeReply refused(standard::Refusal reason) {
  control_plane::InvokeReply reply;
  reply.kind = control_plane::InvokeReply::Kind::throttled;
  reply.throttle_reason = "Concurrency";
  reply.api_reason = throttle_reason(reason);
  return reply;
}

environment::Outcome init_failed(const environment::InitFailure& failure) {
  environment::Outcome outcome;
  outcome.kind = environment::Outcome::Kind::function_error;
  outcome.error_type = failure.error_type;
  outcome.content_type = "application/json";
  outcome.body = failure.body;
  if (outcome.body.empty()) {
    nlohmann::ordered_json body = {{"errorType", failure.error_type}};
    if (!failure.message.empty()) body["errorMessage"] = failure.message;
    outcome.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  return outcome;
}

}  // namespace lmi::emulator::app
