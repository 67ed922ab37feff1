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

/// What the caller of Invoke gets.
model::Result<Reply> invoke_reply(const InvokeContext& context, const InvokeReply& outcome);

}  // namespace lmi::emulator::control_plane
