#include "control_plane/publishing.hpp"

#include "control_plane/identifiers.hpp"
#include "model/quotas.hpp"

namespace lmi::emulator::control_plane {
namespace {

using State = model::VersionState;
using model::UpdateState;

std::optional<model::ApiError> check_target_is_free(const model::Function& function, PublishTarget target) {
  if (target != PublishTarget::latest_published || !function.published) return std::nullopt;
  const model::VersionStatus& status = function.published->status;
  const bool is_busy = status.state == State::pending || status.state == State::deleting ||
                       status.update == UpdateState::in_progress;
  if (!is_busy) return std::nullopt;
  // The recorded text for $LATEST, on the version it concerns here.
  return model::conflict(
      "The operation cannot be performed at this time. An update is in progress for resource: " +
      function.arn(model::latest_published));
}

/// Whether $LATEST is what it was when `last` was published. Recorded: a description that is given to
/// PublishVersion makes no difference, another one of $LATEST itself does.
bool is_unchanged(const model::Version& latest, const model::Version& last) {
  model::FunctionConfiguration then = last.configuration;
  then.description = last.latest_description.value_or(latest.configuration.description);
  return latest.configuration == then;
}

/// The version that a publication would repeat; one that failed is worth another attempt (ours).
const model::Version* unchanged(const model::Function& function, PublishTarget target) {
  const model::Version* last = nullptr;
  if (target == PublishTarget::latest_published) {
    last = function.find(model::latest_published);
  } else if (!function.numbered.empty()) {
    last = &function.numbered.rbegin()->second;
  }
  if (!last || last->status.state == State::deleting || last->status.state == State::failed ||
      last->status.update == UpdateState::failed) {
    return nullptr;
  }
  return is_unchanged(function.latest, *last) ? last : nullptr;
}

model::Version frozen(Services& services, const model::Function& function, std::string qualifier) {
  model::Version version;
  version.qualifier = std::move(qualifier);
  version.configuration = function.latest.configuration;
  version.latest_description = function.latest.configuration.description;
  version.last_modified = services.timestamp();
  version.revision_id = random_uuid();
  version.status = function.is_managed()
                       ? model::VersionStatus{.state = State::pending,
                                              .reason = "The function is being created.",
                                              .reason_code = "Creating"}
                       : model::VersionStatus{.state = State::active, .update = UpdateState::successful};
  return version;
}

/// $LATEST.PUBLISHED again: what it was serves on, with the scaling it has.
void replace_published(model::Version& published, model::Version next) {
  next.scaling = published.scaling;
  if (published.serving) {
    next.serving = std::move(published.serving);
  } else if (published.status.state == State::active) {
    next.serving = std::move(published.configuration);
  }
  const bool is_deactivated = published.status.state == State::deactivated;
  if (next.serving || is_deactivated) {
    next.status = {.state = published.status.state,
                   .update = UpdateState::in_progress,
                   .update_reason = "The function is being updated.",
                   .update_reason_code = "Updating"};
  }
  published = std::move(next);
}

}  // namespace

model::Result<Publication> publish(Services& services, model::Function& function, PublishTarget target,
                                   const std::optional<std::string>& description) {
  if (target == PublishTarget::latest_published && !function.is_managed()) {  // text: ours
    return model::invalid_parameter(
        "PublishTo is only supported for functions configured with capacity provider.");
  }
  if (auto fault = check_target_is_free(function, target)) return *std::move(fault);
  if (const model::Version* last = unchanged(function, target)) {
    return Publication{{function.name, last->qualifier}, false};
  }
  const auto& managed = function.latest.configuration.managed;
  const bool replaces = target == PublishTarget::latest_published && function.published.has_value();
  if (managed && !replaces &&
      services.registry.versions_on(managed->provider) >= model::quotas::versions_per_capacity_provider) {
    return model::ApiError{"FunctionVersionsPerCapacityProviderLimitExceededException",  // text: ours
                           "The capacity provider has reached its limit of " +
                               std::to_string(model::quotas::versions_per_capacity_provider) +
                               " function versions."};
  }

  const bool numbered = target == PublishTarget::numbered;
  model::Version version =
      frozen(services, function,
             numbered ? std::to_string(function.next_version) : std::string{model::latest_published});
  if (description) version.configuration.description = *description;
  const VersionKey key{function.name, version.qualifier};
  if (numbered) {
    function.numbered[function.next_version++] = std::move(version);
  } else if (function.published && function.published->status.state != State::deleting) {
    replace_published(*function.published, std::move(version));
  } else {
    function.published = std::move(version);
  }
  return Publication{key, true};
}

std::optional<PublishTarget> wanted_target(const Call& call) {
  if (!call.text("PublishTo").empty()) return PublishTarget::latest_published;
  if (call.flag("Publish")) return PublishTarget::numbered;
  return std::nullopt;
}

void deploy_latest(Services& services, const std::string& function_name) {
  const model::Function* function = services.registry.function_named(function_name);
  if (function && !function->is_managed()) {
    services.deployments.deploy({function_name, std::string{model::latest}});
  }
}

void deploy(Services& services, const Publication& publication) {
  if (publication.is_new) services.deployments.deploy(publication.key);
}

}  // namespace lmi::emulator::control_plane
