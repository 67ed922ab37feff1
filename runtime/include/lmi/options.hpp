#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

namespace lmi {

class Middleware;  // <lmi/middleware.hpp>

/// What run() can be told beyond the environment. The defaults suit Lambda.
struct RunOptions {
  /// Set-up that belongs to the Init phase: runs once, before the first poll. An exception that leaves it is
  /// reported to the platform as an init error, and run() returns 1. Empty: nothing to do.
  std::function<void()> init{};

  /// Runs once after the handlers have finished (or were given up), before run() returns 0. Exceptions are
  /// logged.
  std::function<void()> on_shutdown{};

  /// How long handlers may go on after SIGTERM before their stop tokens are requested; those that still do
  /// not finish a tenth of it later are abandoned. Zero: at once. Default 250 ms: Lambda documents 300 ms for
  /// the runtime before SIGKILL, and the exit itself takes some.
  std::chrono::milliseconds drain_timeout{250};

  /// Whether to register an internal extension. Without any extension the platform stops the process by
  /// SIGKILL, and nothing drains. Default: on Managed Instances yes, on standard Lambda no.
  std::optional<bool> register_extension{};

  /// Whether a 500 from the Runtime API on an answer ends the process, as its documentation asks. Default: on
  /// standard Lambda yes, on Managed Instances no, because other invocations are running here.
  std::optional<bool> exit_on_platform_error{};

  /// Threads that run coroutine handlers. Default: the vCPUs this process may use, at least one. Ignored for
  /// blocking handlers, which have one thread a slot.
  std::optional<unsigned> workers{};

  /// What happens around every invocation, outermost first. Not owned: each must outlive run().
  std::vector<Middleware*> middleware{};
};

}  // namespace lmi
