#pragma once

#include "control_plane/call.hpp"

#include <string>

namespace lmi::emulator::control_plane {

/// The statement AddPermission makes of its members, on `resource`. Error: a principal that is none.
model::Result<nlohmann::ordered_json> policy_statement(const Call& call, const std::string& resource);

}  // namespace lmi::emulator::control_plane
