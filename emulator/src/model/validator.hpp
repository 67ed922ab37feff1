#pragma once

#include "model/api_model.hpp"
#include "model/violation.hpp"

#include <nlohmann/json_fwd.hpp>

#include <vector>

namespace lmi::emulator::model {

/// Every constraint of `shape` that `input` breaks, in the order of the model's members.
/// `input` has the right types already (see bind_input()); members the shape does not know are tolerated.
std::vector<Violation> validate(const Structure& shape, const nlohmann::json& input);

/// What AWS asks of an enumerated value: "Member must satisfy enum value set: [A, B]".
std::string enum_constraint(const std::vector<std::string>& values);

}  // namespace lmi::emulator::model
