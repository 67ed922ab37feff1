#pragma once

#include "control_plane/call.hpp"
#include "model/function.hpp"

#include <optional>

namespace lmi::emulator::control_plane {

/// The function and qualifier a call names. Errors: see parse_function().
model::Result<model::FunctionReference> named_function(const Call& call);

/// May $LATEST be changed or published now? Not while it is being created, changed or deleted.
std::optional<model::ApiError> check_settled(const model::Function& function);

/// RevisionId of the call against that of $LATEST.
std::optional<model::ApiError> check_revision(const Call& call, const model::Function& function);

}  // namespace lmi::emulator::control_plane
