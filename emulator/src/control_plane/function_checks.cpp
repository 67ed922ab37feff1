#include "control_plane/function_checks.hpp"

#include "control_plane/function_view.hpp"
#include "control_plane/services.hpp"

namespace lmi::emulator::control_plane {
namespace {

model::ApiError in_state(model::VersionState state) {
  return model::conflict(  // LocalStack's text
      std::string{
          "The operation cannot be performed at this time. The function is currently in the following "
          "state: "} +
      version_state_name(state));
}

}  // namespace

model::Result<model::FunctionReference> named_function(const Call& call) {
  return model::parse_function(call.text("FunctionName"), call.text("Qualifier"), call.scope);
}

model::Result<model::Function*> called_function(Services& services, const Call& call) {
  const auto reference = named_function(call);
  if (!reference) return reference.error();
  return services.registry.function({reference->name, {}}, call.scope);
}

std::optional<model::ApiError> check_not_deleting(const model::Function& function) {
  if (function.latest.status.state != model::VersionState::deleting) return std::nullopt;
  return in_state(function.latest.status.state);
}

std::optional<model::ApiError> check_settled(const model::Function& function) {
  const model::VersionStatus& status = function.latest.status;
  if (status.state == model::VersionState::pending || status.state == model::VersionState::deleting) {
    return in_state(status.state);
  }
  if (status.update == model::UpdateState::in_progress) {  // recorded
    return model::conflict(
        "The operation cannot be performed at this time. An update is in progress for resource: " +
        function.arn());
  }
  return std::nullopt;
}

std::optional<model::ApiError> check_revision(const Call& call, const std::string& revision_id) {
  const std::string wanted = call.text("RevisionId");
  if (wanted.empty() || wanted == revision_id) return std::nullopt;
  return model::ApiError{"PreconditionFailedException",  // recorded
                         "The Revision Id provided does not match the latest Revision Id. Call the "
                         "GetFunction/GetAlias API to retrieve the latest Revision Id"};
}

}  // namespace lmi::emulator::control_plane
