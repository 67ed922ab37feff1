#include "control_plane/actions.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/services.hpp"

namespace lmi::emulator::control_plane {
namespace {

nlohmann::json view(const FoundVersion& found) {
  const auto& all = found.function->runtime_management;
  const auto set = all.find(found.version->qualifier);
  const model::RuntimeManagement shown = set == all.end() ? model::RuntimeManagement{} : set->second;
  nlohmann::json body = {{"UpdateRuntimeOn", shown.update_on},
                         {"FunctionArn", found.function->arn(found.version->qualifier)}};
  if (!shown.runtime_version_arn.empty()) body["RuntimeVersionArn"] = shown.runtime_version_arn;
  return body;
}

model::Result<FoundVersion> find(Services& services, const Call& call) {
  const auto reference = named_function(call);
  if (!reference) return reference.error();
  return services.registry.version(*reference, call.scope);
}

}  // namespace

void put_runtime_management_config(Services& services, Call call) {
  const auto found = find(services, call);
  if (!found) return call.respond(found.error());
  const model::RuntimeManagement wanted{call.text("UpdateRuntimeOn"), call.text("RuntimeVersionArn")};
  // Documented: the ARN belongs to Manual, and to nothing else. The text is ours.
  if ((wanted.update_on == "Manual") == wanted.runtime_version_arn.empty()) {
    return call.respond(model::invalid_parameter(
        "RuntimeVersionArn must be specified when UpdateRuntimeOn is Manual, and only then."));
  }
  if (const auto fault = check_not_deleting(*found->function)) return call.respond(*fault);
  found->function->runtime_management[found->version->qualifier] = wanted;
  services.commit({store::PutFunction{persistent(*found->function)}}, std::move(call.respond),
                  json_reply(200, view(*found)));
}

void get_runtime_management_config(Services& services, Call call) {
  const auto found = find(services, call);
  if (!found) return call.respond(found.error());
  call.respond(json_reply(200, view(*found)));
}

}  // namespace lmi::emulator::control_plane
