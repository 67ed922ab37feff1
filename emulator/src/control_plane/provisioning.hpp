#pragma once

#include "model/function.hpp"

#include <string>

namespace lmi::emulator::control_plane {

struct Services;

/// Tells the host how many environments each version of `function` is to have ready. What is asked for an
/// alias of two versions is divided by their weights. To be called when a configuration, an alias or what
/// serves it has changed, and is durable.
///
/// Which way a call comes makes no difference: any call of a version may get its environments (ours).
void provision(Services& services, const std::string& function_name);

/// What has become of one configuration.
struct ProvisionedState {
  unsigned ready = 0;   ///< Of what was requested.
  bool failed = false;  ///< An environment could not start.
};
ProvisionedState provisioned_state(const Services& services, const model::Function& function,
                                   const std::string& qualifier);

}  // namespace lmi::emulator::control_plane
