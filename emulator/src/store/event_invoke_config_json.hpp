#pragma once

#include "model/event_invoke_config.hpp"

#include <nlohmann/json_fwd.hpp>

namespace lmi::emulator::model {

void to_json(nlohmann::json& to, const EventInvokeConfig& config);
void from_json(const nlohmann::json& from, EventInvokeConfig& config);

}  // namespace lmi::emulator::model
