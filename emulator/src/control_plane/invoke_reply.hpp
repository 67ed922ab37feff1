#pragma once

#include "control_plane/call.hpp"
#include "control_plane/version_host.hpp"

#include <chrono>
#include <string>

namespace lmi::emulator::control_plane {

/// What is known of a call before it is made.
struct InvokeContext {
  std::string request_id;
  std::string trace_id;
  std::string executed_version;
  std::chrono::seconds timeout{3};
};

/// What a caller is told of a function_error, as payload or as details: JSON text. Failures of the platform
/// have the form recorded from AWS, which names the request.
std::string error_payload(const InvokeContext& context, const InvokeReply& outcome);

/// What the caller of Invoke gets.
model::Result<Reply> invoke_reply(const InvokeContext& context, const InvokeReply& outcome);

}  // namespace lmi::emulator::control_plane
