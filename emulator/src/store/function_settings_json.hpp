#pragma once

#include "model/function.hpp"

#include <nlohmann/json_fwd.hpp>

/// The part of a function's record that belongs to the function and not to a version: aliases, concurrency,
/// policies, management settings.
namespace lmi::emulator::store {

/// Adds them to `record`; what has its default is left out.
void put_settings(nlohmann::json& record, const model::Function& function);
/// Throws nlohmann::json::exception when they are not of the right types.
void get_settings(const nlohmann::json& record, model::Function& function);

}  // namespace lmi::emulator::store
