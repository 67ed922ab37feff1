#include "control_plane/actions.hpp"
#include "control_plane/digests.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/function_view.hpp"
#include "control_plane/publishing.hpp"
#include "control_plane/services.hpp"

namespace lmi::emulator::control_plane {
namespace {

std::optional<model::ApiError> check_code(const Call& call, const model::Function& function) {
  const std::string wanted = call.text("CodeSha256");
  const std::string current = hex_to_base64(function.latest.configuration.code.sha256);
  if (wanted.empty() || wanted == current) return std::nullopt;
  return model::invalid_parameter("CodeSHA256 (" + wanted +
                                  ") is different from current CodeSHA256 in $LATEST (" + current +
                                  "). Please try again with the CodeSHA256 in $LATEST.");  // recorded
}

/// What is answered to the first publication to $LATEST.PUBLISHED: as to every later one, Active and being
/// updated (LocalStack). Nothing serves yet, so whoever reads the version reads Pending until something does:
/// a waiter for Active then waits for a version that can be invoked.
model::Version answered_as_update(model::Version& first) {
  model::VersionStatus& status = first.status;
  status.update = model::UpdateState::in_progress;
  status.update_reason = "The function is being updated.";
  status.update_reason_code = "Updating";
  model::Version answered = first;
  answered.status.state = model::VersionState::active;
  answered.status.reason.clear();
  answered.status.reason_code.clear();
  return answered;
}

}  // namespace

void publish_version(Services& services, Call call) {
  const auto reference = named_function(call);
  if (!reference) return call.respond(reference.error());
  const auto found = services.registry.function({reference->name, {}}, call.scope);
  if (!found) return call.respond(found.error());
  model::Function& function = **found;

  const PublishTarget target =
      call.text("PublishTo").empty() ? PublishTarget::numbered : PublishTarget::latest_published;
  auto fault = check_settled(function);
  if (!fault) fault = check_revision(call, function.latest.revision_id);
  if (!fault) fault = check_code(call, function);
  if (fault) return call.respond(*fault);

  std::optional<std::string> description;
  if (call.input.contains("Description")) description = call.text("Description");
  const auto published = publish(services, function, target, description);
  if (!published) return call.respond(published.error());
  model::Version& version = *function.find(published->key.qualifier);
  const bool is_first = published->is_new && target == PublishTarget::latest_published &&
                        version.status.state == model::VersionState::pending;
  Reply reply =
      json_reply(201, function_view(function, is_first ? answered_as_update(version) : version, true));
  if (!published->is_new) return call.respond(std::move(reply));
  services.commit({store::PutFunction{persistent(function)}}, std::move(call.respond), std::move(reply),
                  [&services, published = *published] { deploy(services, published); });
}

}  // namespace lmi::emulator::control_plane
