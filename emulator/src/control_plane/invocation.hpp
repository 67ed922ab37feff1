#pragma once

#include "control_plane/call.hpp"
#include "control_plane/invoke_reply.hpp"
#include "control_plane/version_host.hpp"
#include "model/names.hpp"

#include <string>

namespace lmi::emulator::control_plane {

struct Call;
struct Services;

/// What somebody asks to be invoked: the caller of Invoke, a function URL, an event that waited.
struct InvokeWish {
  model::FunctionReference reference;  ///< As the caller wrote it: with an alias, a version or neither.
  model::Scope scope;
  std::string request_id;
  std::string trace_id;
  std::string payload;         ///< JSON text; empty means {}.
  std::string client_context;  ///< As sent: base64, or empty.
};

/// A wish that has found its version: ready for VersionHost::invoke().
struct Invocation {
  VersionKey key;
  bool is_managed = true;  ///< On a capacity provider.
  InvokeContext about;
  InvokeCall call;
};

/// Finds the version and checks everything AWS checks before the function runs, in AWS's order.
/// Errors: no such function or version, nothing published, not Active, payload or client context that is not
/// what it should be.
model::Result<Invocation> prepare_invocation(const Services& services, InvokeWish wish);

/// The same for a call of Invoke or InvokeWithResponseStream, whose payload it takes. Errors besides: a log
/// tail of a function on a capacity provider.
model::Result<Invocation> requested_invocation(const Services& services, Call& call,
                                               const model::FunctionReference& reference);

}  // namespace lmi::emulator::control_plane
