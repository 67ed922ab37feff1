#pragma once

#include "control_plane/version_host.hpp"
#include "environment/environment.hpp"
#include "fleet/fleet.hpp"

#include <string>

namespace lmi::emulator::app {

/// Lambda's StateReasonCode for an environment that could not initialise, with a reason that tells a person
/// where to look.
fleet::VersionFailure version_failure(const environment::InitFailure& failure,
                                      const std::string& function_name);

/// What the caller of Invoke gets for `outcome`, which is not one to be tried elsewhere.
control_plane::InvokeReply invoke_reply(environment::Outcome outcome);

/// The refusal of a call for which no slot was free.
control_plane::InvokeReply throttled(fleet::ThrottleReason reason);

/// Whether `outcome` says that the call never reached the function, so that another environment may have it.
bool may_try_elsewhere(const environment::Outcome& outcome);

environment::Invocation invocation_of(control_plane::InvokeCall call);

}  // namespace lmi::emulator::app
