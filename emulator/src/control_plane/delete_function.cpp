#include "control_plane/actions.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/services.hpp"

#include <memory>
#include <vector>

namespace lmi::emulator::control_plane {
namespace {

using State = model::VersionState;

void mark_deleting(model::Version& version) {
  version.status = {.state = State::deleting, .update = model::UpdateState::in_progress};
}

std::vector<std::string> packages_of(const model::Function& function) {
  std::vector<std::string> packages;
  for_each_version(function, [&packages](const model::Version& version) {
    packages.push_back(version.configuration.code.sha256);
    if (version.serving) packages.push_back(version.serving->code.sha256);
  });
  return packages;
}

void erase_function(Services& services, const std::string& name) {
  const auto gone = services.registry.functions.extract(name);
  if (!gone) return;
  for (const std::string& sha256 : packages_of(gone.mapped())) services.packages.released(sha256);
}

/// Keeps a deleted function readable for a moment, and until its environments are gone.
void erase_when_retired(Services& services, const std::string& name, const std::vector<VersionKey>& keys) {
  auto waiting = std::make_shared<std::size_t>(keys.size() + 1);  // owned by the callbacks below
  const auto one_done = [&services, name, waiting] {
    if (--*waiting == 0) erase_function(services, name);
  };
  services.settling.after("deletion " + name, services.config.deleting, one_done);
  for (const VersionKey& key : keys) services.deployments.retire(key, one_done);
}

void delete_all(Services& services, Call call, model::Function& function) {
  const std::string name = function.name;
  if (!function.is_managed()) {
    services.commit({store::DeleteFunction{name}}, std::move(call.respond), empty_reply(204),
                    [&services, name] { erase_function(services, name); });
    return;
  }
  std::vector<VersionKey> keys;
  for_each_version(function, [&](model::Version& version) {
    if (version.qualifier != model::latest) keys.push_back({name, version.qualifier});
    mark_deleting(version);
  });
  services.commit({store::DeleteFunction{name}}, std::move(call.respond), empty_reply(202),
                  [&services, name, keys] { erase_when_retired(services, name, keys); });
}

void erase_version(Services& services, const VersionKey& key) {
  model::Function* function = services.registry.function_named(key.function);
  const model::Version* version = function ? function->find(key.qualifier) : nullptr;
  if (!version || version->status.state != State::deleting) return;
  const std::string sha256 = version->configuration.code.sha256;
  if (key.qualifier == model::latest_published) {
    function->published.reset();
  } else {
    std::erase_if(function->numbered,
                  [&key](const auto& entry) { return entry.second.qualifier == key.qualifier; });
  }
  services.packages.released(sha256);
}

void delete_version(Services& services, Call call, model::Function& function, model::Version& version) {
  const VersionKey key{function.name, version.qualifier};
  const unsigned status = function.is_managed() ? 202 : 204;
  mark_deleting(version);
  function.event_invoke_configs.erase(key.qualifier);
  services.commit({store::PutFunction{persistent(function)}}, std::move(call.respond), empty_reply(status),
                  [&services, key] {
                    services.deployments.retire(key, [&services, key] { erase_version(services, key); });
                  });
}

}  // namespace

void delete_function(Services& services, Call call) {
  const auto reference = named_function(call);
  if (!reference) return call.respond(reference.error());
  const auto found = services.registry.function({reference->name, {}}, call.scope);
  if (!found) return call.respond(function_not_found(call.scope, *reference));
  model::Function& function = **found;
  if (function.latest.status.state == State::deleting) return call.respond(*check_settled(function));
  if (reference->qualifier.empty()) return delete_all(services, std::move(call), function);

  if (reference->qualifier == model::latest) {  // recorded
    return call.respond(
        model::invalid_parameter("$LATEST version cannot be deleted without deleting the function."));
  }
  if (reference->qualifier != model::latest_published && !model::is_version_number(reference->qualifier)) {
    return call.respond(
        model::invalid_parameter("Deletion of aliases is not currently supported."));  // recorded
  }
  model::Version* version = function.find(reference->qualifier);
  if (!version) return call.respond(function_not_found(call.scope, *reference));
  if (version->status.state == State::deleting) return call.respond(empty_reply(202));
  delete_version(services, std::move(call), function, *version);
}

}  // namespace lmi::emulator::control_plane
