#pragma once

#include "model/capacity_provider.hpp"

#include <nlohmann/json_fwd.hpp>

namespace lmi::emulator::control_plane {

/// The API's CapacityProvider object, defaults filled in: Terraform expects them.
nlohmann::json capacity_provider_view(const model::CapacityProvider& provider);

}  // namespace lmi::emulator::control_plane
