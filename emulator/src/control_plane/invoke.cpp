#include "control_plane/actions.hpp"
#include "control_plane/event_invoke.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/invocation.hpp"
#include "control_plane/invoke_reply.hpp"
#include "control_plane/services.hpp"

#include <utility>

namespace lmi::emulator::control_plane {

void invoke(Services& services, Call call) {
  const auto reference = named_function(call);
  if (!reference) return call.respond(reference.error());
  auto invocation = requested_invocation(services, call, *reference);
  if (!invocation) return call.respond(invocation.error());

  const std::string type = call.text("InvocationType");
  if (type == "DryRun") return call.respond(empty_reply(204));
  if (type == "Event") {
    call.payload = std::move(invocation->call.payload);
    return accept_event(services, std::move(call), *reference);
  }
  services.host.invoke(invocation->key, std::move(invocation->call),
                       [about = std::move(invocation->about), respond = std::move(call.respond)](
                           const InvokeReply& outcome) { respond(invoke_reply(about, outcome)); });
}

}  // namespace lmi::emulator::control_plane
