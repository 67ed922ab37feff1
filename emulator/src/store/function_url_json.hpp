#pragma once

#include "model/function_url.hpp"

#include <nlohmann/json_fwd.hpp>

namespace lmi::emulator::model {

void to_json(nlohmann::json& to, const FunctionUrl& url);
void from_json(const nlohmann::json& from, FunctionUrl& url);

}  // namespace lmi::emulator::model
