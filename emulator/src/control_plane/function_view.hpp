#pragma once

#include "model/function.hpp"

#include <nlohmann/json_fwd.hpp>

namespace lmi::emulator::control_plane {

/// AWS's name of a state: "ActiveNonInvocable".
const char* version_state_name(model::VersionState state);

enum class ViewKind {
  full,
  listed,  ///< In lists states are left out.
};

/// The API's FunctionConfiguration. `qualified_arn`: does FunctionArn end in the version?
nlohmann::json function_view(const model::Function& function, const model::Version& version,
                             bool qualified_arn, ViewKind kind = ViewKind::full);

}  // namespace lmi::emulator::control_plane
