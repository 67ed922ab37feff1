#pragma once

#include "model/api_error.hpp"
#include "model/capacity_provider.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>

namespace lmi::emulator::control_plane {

/// Takes the members of CreateCapacityProvider or UpdateCapacityProvider that are in `input` over into
/// `provider`. The error is a rule between members, which the API model cannot express; `provider` may be
/// half changed then.
std::optional<model::ApiError> read_capacity_provider(const nlohmann::json& input,
                                                      model::CapacityProvider& provider);

}  // namespace lmi::emulator::control_plane
