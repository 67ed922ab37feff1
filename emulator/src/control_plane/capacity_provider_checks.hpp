#pragma once

#include "model/api_error.hpp"
#include "model/capacity_provider.hpp"

#include <optional>

namespace lmi::emulator::control_plane {

/// A provider can be changed in every state but this. The code is in the API model; the text is ours.
inline std::optional<model::ApiError> check_not_deleting(const model::CapacityProvider& provider) {
  if (provider.state != model::CapacityProvider::State::deleting) return std::nullopt;
  return model::conflict("Capacity provider is being deleted: " + provider.arn());
}

}  // namespace lmi::emulator::control_plane
