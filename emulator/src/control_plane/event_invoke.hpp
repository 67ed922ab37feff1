#pragma once

#include "control_plane/call.hpp"
#include "model/names.hpp"

namespace lmi::emulator::control_plane {

struct Services;

/// Takes `call` for later and answers 202 once it is on the disk. The call has passed every check of an
/// invocation; its payload is in it.
void accept_event(Services& services, Call call, model::FunctionReference reference);

}  // namespace lmi::emulator::control_plane
