#include "control_plane/registry.hpp"

#include <algorithm>

namespace lmi::emulator::control_plane {

using model::VersionState;

model::ApiError function_not_found(const model::Scope& scope, const model::FunctionReference& reference) {
  return model::not_found("Function not found: " +
                          (reference.qualifier.empty()
                               ? model::function_arn(scope, reference.name)
                               : model::function_arn(scope, reference.name, reference.qualifier)));
}

model::ApiError alias_not_found(const model::Function& function, std::string_view name) {
  return model::not_found("Cannot find alias arn: " + function.arn(name));  // recorded
}

model::ApiError provider_not_found(const model::Scope& scope, std::string_view name) {
  return model::not_found("Capacity provider not found: " + model::capacity_provider_arn(scope, name));
}

std::string layer_key(const std::string& region, const std::string& name) {
  return region + "/" + name;
}

const model::LayerVersion* Registry::layer_version(const model::LayerReference& reference,
                                                   const model::Scope& scope) const {
  const auto layer =
      layers.find(layer_key(reference.region.empty() ? scope.region : reference.region, reference.name));
  if (layer == layers.end()) return nullptr;
  for (const auto& [number, version] : layer->second.versions) {
    if (std::to_string(number) == reference.version) return &version;
  }
  return nullptr;
}

model::Function* Registry::function_named(std::string_view name) {
  const auto found = functions.find(name);
  return found == functions.end() ? nullptr : &found->second;
}

model::Result<model::CapacityProvider*> Registry::provider(std::string_view name_or_arn,
                                                           const model::Scope& scope) {
  auto name = model::parse_capacity_provider(name_or_arn, scope);
  if (!name) return name.error();
  const auto found = providers.find(*name);
  if (found == providers.end() || found->second.scope.region != scope.region)
    return provider_not_found(scope, *name);
  return &found->second;
}

model::Result<model::Function*> Registry::function(const model::FunctionReference& reference,
                                                   const model::Scope& scope) {
  model::Function* found = function_named(reference.name);
  if (!found || found->scope.region != scope.region) return function_not_found(scope, reference);
  return found;
}

model::Result<FoundVersion> Registry::version(const model::FunctionReference& reference,
                                              const model::Scope& scope) {
  const auto found = function(reference, scope);
  if (!found) return found.error();
  const model::Alias* alias = (*found)->alias(reference.qualifier);
  model::Version* version = (*found)->find(alias ? alias->version : reference.qualifier);
  if (!version) return function_not_found(scope, reference);
  return FoundVersion{*found, version};
}

namespace {

bool is_on(const model::Version& version, std::string_view provider) {
  const auto& managed = version.configuration.managed;
  const bool serves_from_it =
      version.serving && version.serving->managed && version.serving->managed->provider == provider;
  return (managed && managed->provider == provider) || serves_from_it;
}

}  // namespace

std::size_t Registry::versions_on(std::string_view provider) const {
  std::size_t count = 0;
  for (const auto& [name, function] : functions) {
    for_each_version(function, [&](const model::Version& version) {
      if (version.qualifier != model::latest && is_on(version, provider)) ++count;
    });
  }
  return count;
}

std::size_t Registry::functions_on(std::string_view provider) const {
  return static_cast<std::size_t>(std::count_if(functions.begin(), functions.end(), [&](const auto& entry) {
    bool tied = false;
    for_each_version(entry.second,
                     [&](const model::Version& version) { tied = tied || is_on(version, provider); });
    return tied;
  }));
}

model::Function persistent(model::Function function) {
  const auto is_going = [](const model::Version& version) {
    return version.status.state == VersionState::deleting;
  };
  if (function.published && is_going(*function.published)) function.published.reset();
  std::erase_if(function.numbered, [&](const auto& entry) { return is_going(entry.second); });
  return function;
}

}  // namespace lmi::emulator::control_plane
