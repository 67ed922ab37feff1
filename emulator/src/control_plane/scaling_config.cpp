#include "control_plane/actions.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/function_view.hpp"
#include "control_plane/services.hpp"

namespace lmi::emulator::control_plane {
namespace {

using State = model::VersionState;

model::Result<FoundVersion> find_managed(Services& services, const Call& call) {
  const auto reference = named_function(call);
  if (!reference) return reference.error();
  const auto found = services.registry.version(*reference, call.scope);
  if (!found) return found.error();
  if (!(*found).function->is_managed()) {  // the code is in the API model; the text is ours
    return model::invalid_parameter(
        "Scaling is only supported for functions configured with capacity provider.");
  }
  return *found;
}

model::Result<model::ScalingConfig> read_scaling(const Call& call) {
  model::ScalingConfig scaling;
  const auto given = call.input.value("FunctionScalingConfig", nlohmann::json::object());
  if (given.contains("MinExecutionEnvironments"))
    scaling.min_environments = given.at("MinExecutionEnvironments");
  if (given.contains("MaxExecutionEnvironments"))
    scaling.max_environments = given.at("MaxExecutionEnvironments");
  // Documented rules; the texts are ours.
  if (scaling.max_environments && scaling.effective_min() > *scaling.max_environments) {
    return model::invalid_parameter("MinExecutionEnvironments (" + std::to_string(scaling.effective_min()) +
                                    ") must not be greater than MaxExecutionEnvironments (" +
                                    std::to_string(*scaling.max_environments) + ").");
  }
  if (scaling.min_environments == 0U && !scaling.deactivates()) {
    return model::invalid_parameter(
        "MinExecutionEnvironments can be 0 only if MaxExecutionEnvironments is 0 too, which deactivates the "
        "version.");
  }
  return scaling;
}

nlohmann::json view(const model::ScalingConfig& scaling) {
  nlohmann::json shown = {{"MinExecutionEnvironments", scaling.effective_min()}};
  if (scaling.max_environments) shown["MaxExecutionEnvironments"] = *scaling.max_environments;
  return shown;
}

void set_state(model::Version& version) {
  model::VersionStatus& status = version.status;
  if (version.scaling.deactivates()) {
    if (status.state == State::active) status.state = State::deactivating;
  } else if (status.state == State::deactivated || status.state == State::deactivating) {
    status.state = State::pending;
  }
}

}  // namespace

void put_function_scaling_config(Services& services, Call call) {
  const auto found = find_managed(services, call);
  if (!found) return call.respond(found.error());
  const auto scaling = read_scaling(call);
  if (!scaling) return call.respond(scaling.error());
  model::Function& function = *found->function;
  model::Version& version = *found->version;
  const bool is_settled = version.status.state == State::active || version.status.state == State::deactivated;
  if (!is_settled) {
    return call.respond(model::conflict(  // the code was seen by Terraform; the text is that for Invoke
        std::string{
            "The operation cannot be performed at this time. The function is currently in the following "
            "state: "} +
        version_state_name(version.status.state)));
  }

  const VersionKey key{function.name, version.qualifier};
  services.scaling_requests[key] = {version.scaling, *scaling};
  version.scaling = *scaling;
  set_state(version);
  Reply reply = json_reply(202, {{"FunctionState", version_state_name(version.status.state)}});
  services.commit({store::PutFunction{persistent(function)}}, std::move(call.respond), std::move(reply),
                  [&services, key] {
                    services.deployments.scale(key);
                    services.settling.after("scaling " + key.function + ":" + key.qualifier,
                                            services.config.delays.scaling,
                                            [&services, key] { services.scaling_requests.erase(key); });
                  });
}

void get_function_scaling_config(Services& services, Call call) {
  const auto found = find_managed(services, call);
  if (!found) return call.respond(found.error());
  const model::Version& version = *found->version;
  nlohmann::json body = {{"FunctionArn", found->function->arn(version.qualifier)}};
  // Requested is shown until it has been applied, as Terraform's maintainers observed.
  const auto request = services.scaling_requests.find({found->function->name, version.qualifier});
  if (request != services.scaling_requests.end()) {
    body["AppliedFunctionScalingConfig"] = view(request->second.applied);
    body["RequestedFunctionScalingConfig"] = view(request->second.requested);
  } else {
    body["AppliedFunctionScalingConfig"] = view(version.scaling);
  }
  call.respond(json_reply(200, body));
}

}  // namespace lmi::emulator::control_plane
