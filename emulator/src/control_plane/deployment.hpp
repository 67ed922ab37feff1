#pragma once

#include "control_plane/version_host.hpp"
#include "model/capacity_provider.hpp"
#include "model/function.hpp"
#include "store/package_store.hpp"

namespace lmi::emulator::control_plane {

/// What the host is told of a version. `configuration` is the version's own or the one that still serves.
VersionDeployment make_deployment(const model::Function& function, const model::Version& version,
                                  const model::FunctionConfiguration& configuration,
                                  const store::PackageStore& packages);

ProviderDeployment make_deployment(const model::CapacityProvider& provider);

}  // namespace lmi::emulator::control_plane
