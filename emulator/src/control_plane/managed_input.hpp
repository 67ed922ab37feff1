#pragma once

#include "control_plane/registry.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>

namespace lmi::emulator::control_plane {

/// Reads CapacityProviderConfig of `input` over `before` (absent on creation). What it leaves open is
/// completed by complete_managed(). Errors: no such provider, or one that is being deleted.
model::Result<model::ManagedInstances> read_managed(const nlohmann::json& input,
                                                    const std::optional<model::ManagedInstances>& before,
                                                    Registry& registry, const model::Scope& scope);

/// Whether the capacity provider, if there is one, is still there to stay: to be asked again after every
/// wait, for nothing ties it to a function that is only being made.
std::optional<model::ApiError> check_provider(const model::FunctionConfiguration& configuration,
                                              Registry& registry, const model::Scope& scope);

/// Fills in the concurrency when nothing was said of it and checks what memory, ratio, concurrency,
/// architecture and provider must be to each other.
std::optional<model::ApiError> complete_managed(model::FunctionConfiguration& configuration,
                                                const Registry& registry);

}  // namespace lmi::emulator::control_plane
