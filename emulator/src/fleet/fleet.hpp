#pragma once

#include "fleet/catalogue.hpp"
#include "fleet/ids.hpp"
#include "fleet/parameters.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lmi::emulator::fleet {

struct ProviderConfig {
  std::string name;
  std::string architecture;        ///< "x86_64" or "arm64".
  std::vector<std::string> zones;  ///< One per subnet; duplicates allowed.
  unsigned max_vcpus = 400;
  std::vector<std::string> allowed_types;   ///< Patterns with '*'; empty: all.
  std::vector<std::string> excluded_types;  ///< Patterns with '*'.
};

struct ScalingBounds {
  unsigned min_environments = 3;  ///< AWS's default (control-plane.md §4).
  std::optional<unsigned> max_environments;
};

struct VersionConfig {
  VersionId id{};
  std::string provider;
  unsigned memory_mb = 2048;
  double gib_per_vcpu = 2.0;
  unsigned max_concurrency = 1;  ///< Slots of one environment.
  ScalingBounds scaling;
};

/// Why a version could not get its minimum of environments. Names are AWS's StateReasonCode.
struct VersionFailure {
  std::string reason_code;
  std::string reason;
};

// ---- What the driver has to do, in order
// -------------------------------------------------------------------

struct LaunchInstance {
  InstanceId instance;
  std::string provider;
  std::string type;
  std::string zone;
};
struct TerminateInstance {
  InstanceId instance;
};
struct StartEnvironment {
  EnvironmentId environment;
  VersionId version;
  InstanceId instance;
};
/// Drain and end it; answer with environment_gone().
struct StopEnvironment {
  EnvironmentId environment;
};
/// The version has its minimum ready (or nothing to have, after 0/0: `deactivated`).
struct VersionActive {
  VersionId version;
};
struct VersionFailed {
  VersionId version;
  VersionFailure failure;
};
struct VersionDeactivated {
  VersionId version;
};
/// Every environment of a removed version is gone.
struct VersionRemoved {
  VersionId version;
};

using Decision = std::variant<LaunchInstance, TerminateInstance, StartEnvironment, StopEnvironment,
                              VersionActive, VersionFailed, VersionDeactivated, VersionRemoved>;
using Decisions = std::vector<Decision>;

// ---- Routing
// -----------------------------------------------------------------------------------------------

/// The one reason for which a call was refused (lmi-behaviour.md §2.5).
enum class ThrottleReason { concurrency, cpu, memory, disk };

/// A slot of an environment, taken until release(), or the reason there is none.
using Route = std::variant<EnvironmentId, ThrottleReason>;

// ---- Views for metrics, the API and tests
// --------------------------------------------------------------------

enum class InstanceState { launching, running };
struct InstanceView {
  InstanceId id;
  std::string provider;
  std::string type;
  std::string zone;
  InstanceState state;
  unsigned environments;
};
enum class EnvironmentState { waiting_for_instance, starting, ready, draining };
struct EnvironmentView {
  EnvironmentId id;
  VersionId version;
  InstanceId instance;
  EnvironmentState state;
  unsigned slots_in_use;
};

/// The fleet's decisions: instances, placement, routing, replacement. Pure: no I/O, thread, clock or global
/// randomness; the same inputs in the same order give the same decisions everywhere.
///
/// Every call appends what is to be done to `out`, in the order it has to be done. The driver reports what
/// became of it through the calls below; ids it does not know any more are ignored, since a report may cross
/// a decision on its way.
class Fleet {
 public:
  Fleet(Parameters parameters, Catalogue catalogue, std::uint64_t seed);
  ~Fleet();
  Fleet(Fleet&&) noexcept;
  Fleet& operator=(Fleet&&) noexcept;

  // Wishes, from the control plane.
  void put_provider(ProviderConfig provider, Time now, Decisions& out);
  void remove_provider(std::string_view name, Time now,
                       Decisions& out);  ///< Has no versions (the API refuses before).
  void add_version(VersionConfig version, Time now, Decisions& out);
  void scale_version(VersionId version, ScalingBounds scaling, Time now, Decisions& out);
  void remove_version(VersionId version, Time now, Decisions& out);

  // Reports, from the driver.
  void instance_running(InstanceId instance, Time now, Decisions& out);
  void environment_ready(EnvironmentId environment, Time now, Decisions& out);
  /// `failure` is why it never became ready; absent: it crashed after that, or was stopped.
  void environment_gone(EnvironmentId environment, std::optional<VersionFailure> failure, Time now,
                        Decisions& out);

  /// To be called at next_wake_up().
  void tick(Time now, Decisions& out);
  /// When something is due that only time brings; absent: nothing is.
  std::optional<Time> next_wake_up() const;

  // Calls.
  /// `except`: environments that turned this very call away already.
  Route route(VersionId version, Time now, std::span<const EnvironmentId> except = {});
  void release(EnvironmentId environment, Time now);

  std::vector<InstanceView> instances() const;
  std::vector<EnvironmentView> environments() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lmi::emulator::fleet
