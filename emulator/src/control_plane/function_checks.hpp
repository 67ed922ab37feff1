#pragma once

#include "control_plane/call.hpp"
#include "model/function.hpp"

#include <optional>
#include <string>

namespace lmi::emulator::control_plane {

struct Services;

/// The function and qualifier a call names. Errors: see parse_function().
model::Result<model::FunctionReference> named_function(const Call& call);

/// The function a call names, whatever qualifier the name carries. Errors: see parse_function(); 404.
model::Result<model::Function*> called_function(Services& services, const Call& call);

/// Settings of a function can be changed in every state but this.
std::optional<model::ApiError> check_not_deleting(const model::Function& function);

/// May $LATEST be changed or published now? Not while it is being created, changed or deleted.
std::optional<model::ApiError> check_settled(const model::Function& function);

/// RevisionId of the call, if it has one, against that of $LATEST or of an alias.
std::optional<model::ApiError> check_revision(const Call& call, const std::string& revision_id);

}  // namespace lmi::emulator::control_plane
