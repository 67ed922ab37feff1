#include "control_plane/actions.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/services.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace lmi::emulator::control_plane {
namespace {

using State = model::VersionState;

void mark_deleting(model::Version& version) {
  version.status = {.state = State::deleting, .update = model::UpdateState::in_progress};
}

void add_packages(const model::Version& version, std::vector<std::string>& packages) {
  for (const auto* configuration : {&version.configuration, version.serving ? &*version.serving : nullptr}) {
    if (!configuration) continue;
    packages.push_back(configuration->code.sha256);
    if (!configuration->opt.empty()) packages.push_back(configuration->opt);
  }
}

std::vector<std::string> packages_of(const model::Function& function) {
  std::vector<std::string> packages;
  for_each_version(function, [&packages](const model::Version& version) { add_packages(version, packages); });
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
  services.settling.after("deletion " + name, services.config.delays.function_deletion, one_done);
  for (const VersionKey& key : keys) services.deployments.retire(key, one_done);
}

/// Calls that run finish; new ones are refused at once.
void erase_standard(Services& services, const std::string& name) {
  const model::Function* function = services.registry.function_named(name);
  if (!function) return;
  for_each_version(*function, [&](const model::Version& version) {
    services.deployments.retire({name, version.qualifier}, [] {});
  });
  erase_function(services, name);
}

void delete_all(Services& services, Call call, model::Function& function) {
  const std::string name = function.name;
  // Marked before it is durable: a change that came in between would be written behind the deletion, and the
  // function would be back after a restart.
  if (!function.is_managed()) {
    for_each_version(function, mark_deleting);
    services.commit({store::DeleteFunction{name}}, std::move(call.respond), empty_reply(204),
                    [&services, name] { erase_standard(services, name); });
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

/// Documented: a version an alias points to cannot be deleted. The code is in the API model, the text ours.
std::optional<model::ApiError> check_no_alias(const model::Function& function, const std::string& qualifier) {
  std::string names;
  for (const auto& [name, alias] : function.aliases) {
    if (alias.points_to(qualifier)) names += (names.empty() ? "" : ", ") + name;
  }
  if (names.empty()) return std::nullopt;
  return model::conflict("Version " + qualifier + " can't be deleted while an alias points to it: " + names +
                         ".");
}

void erase_version(Services& services, const VersionKey& key) {
  model::Function* function = services.registry.function_named(key.function);
  const model::Version* version = function ? function->find(key.qualifier) : nullptr;
  if (!version || version->status.state != State::deleting) return;
  std::vector<std::string> packages;
  add_packages(*version, packages);
  if (key.qualifier == model::latest_published) {
    function->published.reset();
  } else {
    std::erase_if(function->numbered,
                  [&key](const auto& entry) { return entry.second.qualifier == key.qualifier; });
  }
  for (const std::string& sha256 : packages) services.packages.released(sha256);
}

void delete_version(Services& services, Call call, model::Function& function, model::Version& version) {
  const VersionKey key{function.name, version.qualifier};
  const unsigned status = function.is_managed() ? 202 : 204;
  mark_deleting(version);
  function.forget(key.qualifier);
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
  if (version->status.state == State::deleting)
    return call.respond(empty_reply(function.is_managed() ? 202 : 204));
  if (const auto fault = check_no_alias(function, version->qualifier)) return call.respond(*fault);
  delete_version(services, std::move(call), function, *version);
}

}  // namespace lmi::emulator::control_plane
