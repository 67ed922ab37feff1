#pragma once

#include "fleet/catalogue.hpp"
#include "fleet/decisions.hpp"
#include "fleet/ids.hpp"
#include "fleet/parameters.hpp"
#include "fleet/views.hpp"

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
  /// ScalingMode Manual: the CPU utilisation to keep, in percent (the lowest target of its policies).
  /// Absent: Auto.
  std::optional<double> cpu_target_percent = std::nullopt;
};

struct ScalingBounds {
  unsigned min_environments = 3;  ///< AWS's default (control-plane.md §4).
  std::optional<unsigned> max_environments;
};

/// Bounds that come into force at a time: what AWS does with a schedule that calls PutFunctionScalingConfig.
struct ScheduledScaling {
  Time at{};
  ScalingBounds scaling;
  Time every{0};  ///< Comes again after this long. 0: once.
};

struct VersionConfig {
  VersionId id{};
  std::string provider;
  unsigned memory_mb = 2048;
  double gib_per_vcpu = 2.0;
  unsigned max_concurrency = 1;  ///< Slots of one environment.
  ScalingBounds scaling;
};

/// What an environment was measured to use.
struct LoadReport {
  EnvironmentId environment{};
  std::uint64_t cpu_milli = 0;  ///< Thousandths of a vCPU, mean since the report before.
  std::uint64_t memory_mb = 0;  ///< Now.
  unsigned disk_percent = 0;    ///< Of its /tmp, now.
};

/// The call waits; DispatchCall or RefuseCall will tell. Only with Parameters::queue_length above 0.
struct Queued {
  CallId call;
  friend bool operator==(Queued, Queued) = default;
};
/// A slot of an environment, taken until release(), or the reason there is none, or a place in the queue.
using Route = std::variant<EnvironmentId, ThrottleReason, Queued>;

/// The fleet's decisions: instances, placement, routing, scaling, rotation. Pure: no I/O, thread, clock or
/// global randomness; the same inputs in the same order give the same decisions everywhere.
///
/// Every call appends what is to be done to `out`, in the order it has to be done. The driver reports what
/// became of it through the calls below; ids it does not know any more are ignored, since a report may cross
/// a decision on its way. `now` never goes back.
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
  /// Replaces the version's schedule; empty: none any more. What lies in the past is done at once.
  void schedule_version(VersionId version, std::vector<ScheduledScaling> schedule, Time now, Decisions& out);
  void remove_version(VersionId version, Time now, Decisions& out);

  // Reports, from the driver.
  void instance_running(InstanceId instance, Time now, Decisions& out);
  /// Its launch failed: another is launched later.
  void instance_failed(InstanceId instance, Time now, Decisions& out);
  /// It died with everything on it: KillEnvironment for each environment that had been started.
  void instance_lost(InstanceId instance, Time now, Decisions& out);
  void environment_ready(EnvironmentId environment, Time now, Decisions& out);
  /// `failure` is why it never became ready; absent: it crashed after that, or was stopped.
  void environment_gone(EnvironmentId environment, std::optional<VersionFailure> failure, Time now,
                        Decisions& out);

  /// Measured load: what the scaler's CPU signal and the refusals for want of CPU, memory and disk come from.
  /// Wanted every Parameters::scaling_interval; an environment keeps its last values until the next.
  void report_load(std::span<const LoadReport> reports, Time now, Decisions& out);
  /// For drivers that do not route every call (a simulator of mean values): the version's calls in flight,
  /// in thousandths, from now on. Replaces the count of route() and release() as the scaler's signal.
  void report_concurrency(VersionId version, std::uint64_t calls_milli, Time now);

  /// To be called at next_wake_up().
  void tick(Time now, Decisions& out);
  /// When something is due that only time brings; absent: nothing is.
  std::optional<Time> next_wake_up() const;

  // Calls. O(1): no cost grows with the number of environments.
  /// `except`: environments that turned this very call away already; such a call is not queued.
  Route route(VersionId version, Time now, std::span<const EnvironmentId> except = {});
  /// The call is over; a waiting one may get its slot.
  void release(EnvironmentId environment, Time now, Decisions& out);
  /// The caller of a queued call went away. Ignored when it was dispatched or refused already.
  void cancel(CallId call, Time now);

  std::vector<InstanceView> instances() const;
  std::vector<EnvironmentView> environments() const;
  std::vector<VersionView> versions() const;
  std::vector<ProviderView> providers() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lmi::emulator::fleet
