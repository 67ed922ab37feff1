#pragma once

#include "control_plane/version_host.hpp"
#include "environment/environment.hpp"
#include "standard/admission.hpp"

namespace lmi::emulator::app {

/// The refusal of a call, with the ThrottleReason of the API that stands for it.
control_plane::InvokeReply refused(standard::Refusal reason);

/// What a caller gets when Init failed for it: the runtime's own account of it, or the platform's.
environment::Outcome init_failed(const environment::InitFailure& failure);

}  // namespace lmi::emulator::app
