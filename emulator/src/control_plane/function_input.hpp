#pragma once

#include "model/api_error.hpp"
#include "model/function.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>

namespace lmi::emulator::control_plane {

/// Takes the settings of CreateFunction or UpdateFunctionConfiguration that are in `input` over into
/// `configuration`, whose `managed` says already which kind of function it is. The error is a rule that the
/// API model cannot express; `configuration` may be half changed then.
std::optional<model::ApiError> read_settings(const nlohmann::json& input,
                                             model::FunctionConfiguration& configuration);

/// ImageConfig belongs to container images, which no function here is made of.
model::ApiError image_config_refused();

/// The settings a new function starts from.
model::FunctionConfiguration default_settings(const std::string& function_name, bool managed);

}  // namespace lmi::emulator::control_plane
