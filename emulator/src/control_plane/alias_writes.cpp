#include "control_plane/actions.hpp"
#include "control_plane/alias_view.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/identifiers.hpp"
#include "control_plane/provisioning.hpp"
#include "control_plane/services.hpp"

#include <utility>

namespace lmi::emulator::control_plane {
namespace {

using Fault = std::optional<model::ApiError>;

Fault check_version_exists(const Call& call, const model::Function& function, const std::string& qualifier) {
  const model::Version* version = function.find(qualifier);
  if (version && version->status.state != model::VersionState::deleting) return std::nullopt;
  return function_not_found(call.scope, {function.name, qualifier});  // recorded
}

/// RoutingConfig over what `alias` has: an empty one removes the second version.
Fault read_routing(const Call& call, model::Alias& alias) {
  const auto given = call.input.find("RoutingConfig");
  if (given == call.input.end()) return std::nullopt;
  alias.second.reset();
  const auto weights = given->value("AdditionalVersionWeights", nlohmann::json::object());
  if (weights.size() > 1) {  // recorded
    return model::invalid_parameter("Number of items in AdditionalVersionWeights cannot be greater than 1");
  }
  for (const auto& [qualifier, weight] : weights.items()) {
    alias.second = model::Alias::SecondVersion{qualifier, weight.get<double>()};
  }
  return std::nullopt;
}

/// The rules for the versions of an alias. Where a managed function's alias may point was not recorded: the
/// API model admits $LATEST and $LATEST.PUBLISHED for every alias, so both are taken here; a call through an
/// alias of $LATEST is refused when it is made, as any call of $LATEST.
Fault check_versions(const Call& call, const model::Function& function, const model::Alias& alias) {
  if (auto fault = check_version_exists(call, function, alias.version)) return fault;
  if (!alias.second) return std::nullopt;
  if (alias.version == model::latest) {  // recorded, without a Type
    return model::without_type(
        model::invalid_parameter("$LATEST is not supported for an alias pointing to more than 1 version"));
  }
  const std::string& second = alias.second->qualifier;
  if (second == alias.version) {  // recorded
    return model::invalid_parameter("Invalid function version " + second + ". Function version " + second +
                                    " is already included in routing configuration.");
  }
  return check_version_exists(call, function, second);
}

void put(Services& services, Call call, model::Function& function, model::Alias alias, unsigned status) {
  alias.revision_id = random_uuid();
  const model::Alias& kept = function.aliases[alias.name] = std::move(alias);
  Reply reply = json_reply(status, alias_view(function, kept));
  services.commit({store::PutFunction{persistent(function)}}, std::move(call.respond), std::move(reply),
                  [&services, of = function.name] { provision(services, of); });
}

}  // namespace

void create_alias(Services& services, Call call) {
  const auto reference = named_function(call);
  if (!reference) return call.respond(reference.error());
  model::Alias alias;
  alias.name = call.text("Name");
  alias.version = call.text("FunctionVersion");
  alias.description = call.text("Description");
  const auto found = services.registry.function({reference->name, alias.version}, call.scope);  // so recorded
  if (!found) return call.respond(found.error());
  model::Function& function = **found;
  Fault fault = check_not_deleting(function);
  if (!fault && function.alias(alias.name)) {  // recorded
    fault = model::conflict("Alias already exists: " + function.arn(alias.name));
  }
  if (!fault) fault = read_routing(call, alias);
  if (!fault) fault = check_versions(call, function, alias);
  if (fault) return call.respond(*fault);
  put(services, std::move(call), function, std::move(alias), 201);
}

void update_alias(Services& services, Call call) {
  const auto found = called_function(services, call);
  if (!found) return call.respond(found.error());
  model::Function& function = **found;
  const std::string name = call.text("Name");
  const model::Alias* before = function.alias(name);
  if (!before) {  // recorded, in other words than GetAlias has
    return call.respond(model::not_found("Alias not found: " + function.arn(name)));
  }
  model::Alias alias = *before;
  alias.version = call.input.value("FunctionVersion", alias.version);
  alias.description = call.input.value("Description", alias.description);
  Fault fault = check_not_deleting(function);
  if (!fault) fault = check_revision(call, before->revision_id);
  if (!fault) fault = read_routing(call, alias);
  if (!fault) fault = check_versions(call, function, alias);
  if (fault) return call.respond(*fault);
  put(services, std::move(call), function, std::move(alias), 200);
}

void delete_alias(Services& services, Call call) {
  const auto found = called_function(services, call);
  if (!found) return call.respond(found.error());
  model::Function& function = **found;
  const std::string name = call.text("Name");
  // An alias that does not exist is deleted already (recorded: 204).
  if (!function.alias(name)) return call.respond(empty_reply(204));
  if (const Fault fault = check_not_deleting(function)) return call.respond(*fault);
  function.aliases.erase(name);
  function.forget(name);
  services.commit({store::PutFunction{persistent(function)}}, std::move(call.respond), empty_reply(204),
                  [&services, of = function.name] { provision(services, of); });
}

}  // namespace lmi::emulator::control_plane
