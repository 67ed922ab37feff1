#pragma once

#include "control_plane/call.hpp"
#include "model/function.hpp"

#include <string>

namespace lmi::emulator::control_plane {

/// A FunctionUrlConfig as the API shows it. `call` says how its sender reaches the emulator.
nlohmann::json url_config_view(const model::Function& function, const model::FunctionUrl& url,
                               const Call& call);

/// Whether a function URL may stand for this qualifier of the function: none, or an alias that exists.
bool may_have_url(const model::Function& function, const std::string& qualifier);

}  // namespace lmi::emulator::control_plane
