#include "control_plane/provisioning.hpp"

#include "control_plane/services.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace lmi::emulator::control_plane {
namespace {

/// Environments by version.
using Shares = std::map<std::string, unsigned>;

Shares shares_of(const model::Function& function, const std::string& qualifier, unsigned requested) {
  const model::Alias* alias = function.alias(qualifier);
  if (!alias) return {{qualifier, requested}};
  if (!alias->second) return {{alias->version, requested}};
  const auto second =
      static_cast<unsigned>(std::lround(requested * alias->second->weight));  // rounding: ours
  return {{alias->version, requested - second}, {alias->second->qualifier, second}};
}

}  // namespace

void provision(Services& services, const std::string& function_name) {
  const model::Function* function = services.registry.function_named(function_name);
  if (!function || function->is_managed()) return;
  Shares wanted;
  for (const auto& [qualifier, provisioned] : function->provisioned_concurrency) {
    for (const auto& [version, count] : shares_of(*function, qualifier, provisioned.requested)) {
      wanted[version] += count;
    }
  }
  for (const auto& [number, version] : function->numbered) {
    services.host.provision({function->name, version.qualifier}, wanted[version.qualifier]);
  }
}

ProvisionedState provisioned_state(const Services& services, const model::Function& function,
                                   const std::string& qualifier) {
  // Aliases may share a version: in the order of their names each gets of its environments what is left.
  Shares taken;
  ProvisionedState state;
  for (const auto& [name, provisioned] : function.provisioned_concurrency) {
    state = {};
    for (const auto& [version, count] : shares_of(function, name, provisioned.requested)) {
      const ProvisionedEnvironments there = services.host.provisioned({function.name, version});
      unsigned& used = taken[version];
      state.ready += std::min(count, there.ready - std::min(there.ready, used));
      state.failed = state.failed || (count > 0 && there.failed);
      used += count;
    }
    if (name == qualifier) break;
  }
  return state;
}

}  // namespace lmi::emulator::control_plane
