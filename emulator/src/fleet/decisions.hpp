#pragma once

#include "fleet/ids.hpp"

#include <string>
#include <variant>
#include <vector>

namespace lmi::emulator::fleet {

/// Why a version could not get its minimum of environments. Names are AWS's StateReasonCode.
struct VersionFailure {
  std::string reason_code;
  std::string reason;
};

/// The one reason for which a call was refused (lmi-behaviour.md §2.5).
enum class ThrottleReason { concurrency, cpu, memory, disk };

// ---- What the driver has to do, in order
// -------------------------------------------------------------------

/// Launch it, and `delay` later report instance_running(), or instance_failed() when it `fails`.
struct LaunchInstance {
  InstanceId instance;
  std::string provider;
  std::string type;
  std::string zone;
  Time delay{};
  bool fails = false;
};

enum class TerminationReason {
  idle,          ///< Without environments for long enough, or its vCPUs are needed for another instance.
  rotated,       ///< Reached the end of its lifetime and was emptied.
  consolidated,  ///< Its environments found room elsewhere.
  launch_failed,
  lost,              ///< The driver said so.
  provider_removed,  ///< Its capacity provider is gone.
};
/// No environment is left on it.
struct TerminateInstance {
  InstanceId instance;
  TerminationReason reason;
};

/// Start it; answer with environment_ready() or environment_gone().
struct StartEnvironment {
  EnvironmentId environment;
  VersionId version;
  InstanceId instance;
};
/// Give it no more calls, let it finish those it has, end it; answer with environment_gone().
struct StopEnvironment {
  EnvironmentId environment;
};
/// Its instance was lost: it is dead, its calls failed. The fleet has forgotten it and expects no answer.
struct KillEnvironment {
  EnvironmentId environment;
};

/// A call that waited has a slot of `environment`, as if route() had returned it.
struct DispatchCall {
  CallId call;
  EnvironmentId environment;
};
/// A call waited in vain.
struct RefuseCall {
  CallId call;
  ThrottleReason reason;
};

/// The version has its minimum ready.
struct VersionActive {
  VersionId version;
};
struct VersionFailed {
  VersionId version;
  VersionFailure failure;
};
/// Scaled to 0/0, and its last environment is gone.
struct VersionDeactivated {
  VersionId version;
};
/// Every environment of a removed version is gone.
struct VersionRemoved {
  VersionId version;
};

using Decision =
    std::variant<LaunchInstance, TerminateInstance, StartEnvironment, StopEnvironment, KillEnvironment,
                 DispatchCall, RefuseCall, VersionActive, VersionFailed, VersionDeactivated, VersionRemoved>;
using Decisions = std::vector<Decision>;

}  // namespace lmi::emulator::fleet
