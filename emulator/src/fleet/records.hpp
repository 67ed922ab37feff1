#pragma once

#include "fleet/call_queue.hpp"
#include "fleet/fleet.hpp"
#include "fleet/placement.hpp"
#include "fleet/router.hpp"
#include "fleet/scaler.hpp"
#include "fleet/signal.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace lmi::emulator::fleet {

// What the fleet keeps of each thing. Plain records; state.hpp keeps them in step with each other.

/// What a provider's instances come to, kept as they change: it is asked for with every environment that
/// starts, and a fleet whose environments are all replaced would count its instances as often as it has
/// environments.
struct InstanceSums {
  std::uint64_t vcpus = 0;       ///< Under the cap: without those of instances that are being replaced.
  std::uint64_t idle_vcpus = 0;  ///< Of these, on instances without environments.
  std::size_t launched = 0;      ///< Instances that are past it.
  std::size_t draining = 0;
  std::set<InstanceId> with_room{};  ///< Not draining, and large enough for Provider::smallest.
};

struct Provider {
  ProviderConfig config;
  Catalogue types;                 ///< eligible_types() of the configuration.
  std::vector<std::string> zones;  ///< Distinct, in the order of the configuration.
  std::set<InstanceId> instances;
  InstanceSums sums{};
  Resources smallest{};  ///< No version's environment takes less vCPUs or less memory.
  bool leaving = false;  ///< Removed; goes with the last of its versions.
  /// Changes whenever room may have come free: who found none need not look again before.
  std::uint64_t room_epoch = 0;
  std::optional<Time> next_scaling;  ///< Set while a version is active.
  std::optional<Time> next_tidying;
};

/// What is measured of an instance, apart from the rest of it: reports come for every environment every few
/// seconds, in no order of instances, and of ten thousand of these the processor's caches hold more than of
/// those.
struct InstanceLoad {
  std::uint64_t cpu_milli = 0;
  std::uint64_t memory_used_mb = 0;
  std::uint64_t hot_from = 0;  ///< Hundredths of cpu_milli: its usable vCPUs times the parameter's per cent.
  bool hot = false;
};
/// Its place among all; another instance may have it later.
enum class LoadPlace : std::uint32_t {};

struct Instance {
  InstanceId id{};
  std::string provider;
  std::string type;
  unsigned vcpus = 0;
  unsigned memory_mb = 0;
  std::string zone;
  InstanceState state = InstanceState::launching;
  Resources free;
  /// When it is to be terminated (no environments) or replaced (has some). Absent: never.
  std::optional<Time> due = std::nullopt;
  Time retire_at = Time::max();
  /// Of a draining one: what it is emptied for.
  TerminationReason drained_for = TerminationReason::idle;
  std::set<EnvironmentId> environments{};
  Resources usable;
  LoadPlace load{};
};

struct Environment {
  EnvironmentId id{};
  VersionId version{};
  InstanceId instance{};
  EnvironmentState state = EnvironmentState::waiting_for_instance;
  std::optional<Router::Seat> seat = std::nullopt;  ///< From ready on.
  LoadPlace host_load{};                            ///< Its instance's.
  std::uint64_t cpu_milli = 0;
  std::uint64_t memory_used_mb = 0;
  unsigned disk_percent = 0;
  std::optional<ThrottleReason> blocked = std::nullopt;  ///< What its router was told last.
  bool leaving = false;  ///< Ready, and to be stopped when its replacement is.
  unsigned attempt = 0;  ///< Predecessors in a row that failed or died young.
  Time ready_at{};
  std::optional<Time> due = std::nullopt;  ///< When it is to leave; or, leaving, to go without a replacement.
};

/// What a version is on its way to, or has come to.
enum class Phase {
  starting,      ///< Has not had its minimum ready yet.
  active,        ///< Had it once; what is missing is replaced for as long as it takes.
  failed,        ///< Given up; everything is stopped.
  deactivating,  ///< Scaled to 0/0; environments drain.
  deactivated,
  removing,
};

/// An environment that is to be started again.
struct Retry {
  Time due{};
  unsigned attempt = 0;
  bool tried = false;  ///< It was due and found no room: now it waits for room, not for time.
};

struct Version {
  Version(VersionConfig version_config, Routing routing)
      : config{std::move(version_config)},
        size{environment_size(config.memory_mb, config.gib_per_vcpu)},
        router{config.max_concurrency, routing} {}

  VersionConfig config;
  Resources size;  ///< Of one environment.
  Router router;
  CallQueue queue;
  Scaler scaler;
  Phase phase = Phase::starting;
  std::set<std::string> preferred_zones;

  std::set<EnvironmentId> environments;          ///< All there are.
  std::set<EnvironmentId> leaving;               ///< Of these, to be replaced.
  unsigned live = 0;                             ///< Of these, neither leaving nor draining.
  std::map<std::string, unsigned> live_in_zone;  ///< The same by zone; no zone with 0.
  unsigned ready = 0;                            ///< Of these, take calls: live or leaving.
  std::vector<Retry> retries;                    ///< By due once looked at.
  std::vector<ScheduledScaling> schedule;
  std::optional<std::uint64_t> no_room_since;  ///< The provider's room_epoch.

  Signal cpu;                         ///< Thousandths of a vCPU, sum.
  Signal concurrency;                 ///< Thousandths of a call in flight, sum.
  bool concurrency_reported = false;  ///< By the driver, in place of the router's count.
  CallCounts calls;
  CallCounts calls_at_last_decision;
};

/// How many environments the version should have now: what its load asks for, within its bounds.
unsigned desired_environments(const Version& version);

}  // namespace lmi::emulator::fleet
