#pragma once

#include "control_plane/event_source_mappings.hpp"

#include <nlohmann/json_fwd.hpp>

namespace lmi::emulator::control_plane {

/// EventSourceMappingConfiguration.
nlohmann::json mapping_view(const EventSourceMapping& mapping);

}  // namespace lmi::emulator::control_plane
