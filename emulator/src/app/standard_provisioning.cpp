#include "app/standard_host.hpp"

namespace lmi::emulator::app {

using control_plane::ProvisionedEnvironments;
using control_plane::VersionKey;
using standard::EnvironmentId;
using standard::GenerationId;

void StandardHost::provision(const VersionKey& key, unsigned environments) {
  const auto current = current_.find(key);
  if (current == current_.end() || shutting_down_) return;
  for (const EnvironmentId id : provisioning_.want(current->second, environments)) {
    // One that still has a call ends when it is idle.
    const bool ends_now = pool_.release(id) || !environments_.at(id).ready;
    if (ends_now) stop(id, environment::ShutdownReason::spindown);
  }
  start_missing(current->second);
}

ProvisionedEnvironments StandardHost::provisioned(const VersionKey& key) const {
  const auto current = current_.find(key);
  if (current == current_.end()) return {};
  return {provisioning_.ready(current->second), provisioning_.failed(current->second)};
}

void StandardHost::start_missing(GenerationId generation) {
  for (unsigned left = provisioning_.missing(generation); left > 0; --left) {
    const EnvironmentId id = pool_.start_kept(generation);
    provisioning_.started(generation, id);
    start(id, generation, Kind::provisioned);
  }
}

void StandardHost::replace_if_kept(EnvironmentId id) {
  const auto generation = provisioning_.gone(id);
  if (generation && !shutting_down_) start_missing(*generation);
}

}  // namespace lmi::emulator::app
