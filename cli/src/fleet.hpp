#pragma once

#include "options.hpp"
#include "result.hpp"

namespace lmi::cli {

/// Prints the instances of the emulator's fleet.
Result<void> fleet_instances(const FleetInstancesOptions& options);

/// Has the emulator lose an instance with everything on it.
Result<void> lose_instance(const LoseInstanceOptions& options);

}  // namespace lmi::cli
