#pragma once

#include "control_plane/registry.hpp"
#include "store/package_store.hpp"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <optional>

namespace lmi::emulator::control_plane {

struct Services;

/// Takes the Layers of CreateFunction or UpdateFunctionConfiguration, when given, over into `configuration`.
/// Errors: too many, unknown, of another region, two versions of the same.
std::optional<model::ApiError> read_layers(const nlohmann::json& input, const Registry& registry,
                                           const model::Scope& scope,
                                           model::FunctionConfiguration& configuration);

/// The function's code and its layers together must not be too large.
std::optional<model::ApiError> check_unzipped_size(const model::FunctionConfiguration& configuration);

/// Lays the layers of `configuration` over each other and calls `done` with it, its `opt` filled in; at once
/// when there is nothing to do.
void lay_layers(Services& services, model::FunctionConfiguration configuration,
                std::function<void(model::Result<model::FunctionConfiguration>)> done);

}  // namespace lmi::emulator::control_plane
