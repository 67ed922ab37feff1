#include "control_plane/event_invoke.hpp"

#include "control_plane/actions.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/invocation.hpp"
#include "control_plane/services.hpp"
#include "model/quotas.hpp"

#include <utility>

namespace lmi::emulator::control_plane {
namespace {

using Acceptance = events::EventQueue::Acceptance;

model::Result<Reply> answer(Acceptance acceptance, const std::string& why, const std::string& trace_id) {
  if (acceptance == Acceptance::failed) return model::service_error(why);
  if (acceptance == Acceptance::full)  // the form of the other throttles
    return model::ApiError{"TooManyRequestsException", "Rate Exceeded.", "CallerRateLimitExceeded"};
  Reply reply = empty_reply(202);
  reply.headers = {{"X-Amzn-Trace-Id", trace_id}};
  return reply;
}

}  // namespace

void accept_event(Services& services, Call call, model::FunctionReference reference) {
  constexpr std::size_t limit = model::quotas::event_payload_bytes;
  if (call.payload.size() > limit) {  // from memory of AWS's text
    return call.respond(model::ApiError{
        "RequestTooLargeException", std::to_string(call.payload.size()) +
                                        " byte payload is too large for the Event invocation type (limit " +
                                        std::to_string(limit) + " bytes)"});
  }
  events::InvokeOrder order{std::move(reference),
                            call.scope,
                            call.request_id,
                            call.trace_id,
                            call.payload.empty() ? "{}" : std::move(call.payload),
                            call.text("ClientContext")};
  services.events.accept(std::move(order), [respond = std::move(call.respond), trace_id = call.trace_id](
                                               Acceptance acceptance, const std::string& why) {
    respond(answer(acceptance, why, trace_id));
  });
}

void invoke_async(Services& services, Call call) {
  const auto reference = named_function(call);
  if (!reference) return call.respond(reference.error());
  const auto invocation = prepare_invocation(
      services, {*reference, call.scope, call.request_id, call.trace_id, call.payload, {}});
  if (!invocation) return call.respond(invocation.error());
  accept_event(services, std::move(call), *reference);
}

}  // namespace lmi::emulator::control_plane
