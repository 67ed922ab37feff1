#pragma once

#include "control_plane/call.hpp"
#include "http/exchange.hpp"
#include "model/api_model.hpp"

#include <string>

namespace lmi::emulator::control_plane {

/// The one place that turns outcomes into HTTP.
http::Response render(const model::ApiModel& model, const model::Result<Reply>& outcome,
                      const std::string& request_id);

}  // namespace lmi::emulator::control_plane
