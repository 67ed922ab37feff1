#pragma once

#include "model/function.hpp"

#include <nlohmann/json_fwd.hpp>

namespace lmi::emulator::control_plane {

/// AliasConfiguration of the API.
nlohmann::json alias_view(const model::Function& function, const model::Alias& alias);

}  // namespace lmi::emulator::control_plane
