#pragma once

#include "model/api_error.hpp"
#include "store/package_store.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <vector>

namespace lmi::emulator::control_plane {

/// Takes the zip file out of a FunctionCode structure (or UpdateFunctionCode's input, which looks the same):
/// it may be large, and calls are copied. Errors: no code, or code from where this emulator cannot fetch it.
model::Result<std::vector<std::uint8_t>> take_zip(nlohmann::json& code);

model::ApiError package_error(const store::PackageFault& fault);

}  // namespace lmi::emulator::control_plane
