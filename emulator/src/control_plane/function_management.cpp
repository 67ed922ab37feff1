#include "control_plane/actions.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/services.hpp"

namespace lmi::emulator::control_plane {
namespace {

Reply recursion_reply(const model::Function& function) {
  return json_reply(200, {{"RecursiveLoop", function.allows_recursion ? "Allow" : "Terminate"}});
}

}  // namespace

/// No function has a code signing configuration here: CreateFunction refuses to name one.
void get_function_code_signing_config(Services& services, Call call) {
  const auto found = called_function(services, call);
  if (!found) return call.respond(found.error());
  call.respond(json_reply(200, {{"FunctionName", (*found)->name}}));
}

/// Kept and shown. The emulator detects no loops: nothing in it makes a function call itself unasked.
void put_function_recursion_config(Services& services, Call call) {
  const auto found = called_function(services, call);
  if (!found) return call.respond(found.error());
  model::Function& function = **found;
  if (const auto fault = check_not_deleting(function)) return call.respond(*fault);
  function.allows_recursion = call.text("RecursiveLoop") == "Allow";
  services.commit({store::PutFunction{persistent(function)}}, std::move(call.respond),
                  recursion_reply(function));
}

void get_function_recursion_config(Services& services, Call call) {
  const auto found = called_function(services, call);
  if (!found) return call.respond(found.error());
  call.respond(recursion_reply(**found));
}

}  // namespace lmi::emulator::control_plane
