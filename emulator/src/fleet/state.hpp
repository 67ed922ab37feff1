#pragma once

#include "fleet/fleet.hpp"
#include "fleet/placement.hpp"
#include "fleet/router.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::fleet {

/// A small deterministic generator (SplitMix64): the same numbers on every platform.
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_{seed} {}

  /// Evenly from [0, bound). Precondition: bound > 0.
  std::uint64_t below(std::uint64_t bound) noexcept {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return (z ^ (z >> 31U)) % bound;
  }

 private:
  std::uint64_t state_;
};

/// How long to wait before start number `attempt` + 1 of an environment whose `attempt` starts failed.
Time restart_delay(const Parameters& parameters, unsigned attempt, Random& random);

struct Provider {
  ProviderConfig config;
  Catalogue types;                 ///< eligible_types() of the configuration.
  std::vector<std::string> zones;  ///< Distinct, in the order of the configuration.
  bool leaving = false;            ///< Removed; goes with the last of its versions.
};

struct Instance {
  InstanceId id{};
  std::string provider;
  std::string type;
  unsigned vcpus = 0;
  std::string zone;
  InstanceState state = InstanceState::launching;
  Resources free;
  std::set<EnvironmentId> environments;
  Time idle_since{};  ///< Since when `environments` is empty.
};

struct Environment {
  EnvironmentId id{};
  VersionId version{};
  InstanceId instance{};
  EnvironmentState state = EnvironmentState::waiting_for_instance;
  unsigned attempt = 0;  ///< Predecessors in a row that failed or died young.
  Time ready_at{};
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

/// An environment that failed and is to be started again.
struct Retry {
  Time due{};
  unsigned attempt = 0;
  bool tried = false;  ///< It was due and found no room: now it waits for room, not for time.
};

struct Version {
  explicit Version(VersionConfig version_config);

  VersionConfig config;
  Resources size;  ///< Of one environment.
  Router router;
  Phase phase = Phase::starting;
  std::set<std::string> preferred_zones;
  std::set<EnvironmentId> environments;  ///< Draining ones included.
  unsigned live = 0;                     ///< Of these, not draining.
  unsigned ready = 0;                    ///< Of these, ready.
  std::vector<Retry> retries;
};

/// How many environments the version should have now. Load will be a second argument when scaling policies
/// come; the bounds stay the last word.
unsigned desired_environments(const Version& version);

/// All the fleet knows, and the steps its commands and reports are made of (state.cpp: single changes;
/// reconcile.cpp: from what is to what should be).
struct Fleet::State {
  State(Parameters parameters_, Catalogue catalogue_, std::uint64_t seed);

  // Single changes. Each keeps the counters and rooms in step.
  InstanceId launch_instance(const std::string& provider, const Plan::Launch& launch, Decisions& out);
  void terminate_instance(InstanceId instance, Decisions& out);
  void add_environment(Version& version, InstanceId instance, unsigned attempt, Decisions& out);
  void stop_environment(EnvironmentId environment, Decisions& out);
  void drop_environment(EnvironmentId environment);
  void stop_all(Version& version, Decisions& out);
  void fail(Version& version, VersionFailure failure, Decisions& out);

  // Towards what should be.
  void reconcile(std::string_view provider, Decisions& out);
  void choose_zones(const Provider& provider, Version& version) const;

  Parameters parameters;
  Catalogue catalogue;
  Random random;
  Time now{};

  std::map<std::string, Provider, std::less<>> providers;
  std::map<InstanceId, Instance> instances;
  std::map<EnvironmentId, Environment> environments;
  std::map<VersionId, Version> versions;
  std::set<std::pair<Time, InstanceId>> idle;  ///< Empty instances by when they are to be terminated.

 private:
  void settle(Version& version, Decisions& out);
  void grow(const Provider& provider, Version& version, Decisions& out);
  void shrink(Version& version, Decisions& out);
  std::vector<unsigned> starts_due(Version& version) const;
  Plan plan(const Provider& provider, const Version& version, std::size_t count, bool without_idle) const;
  void carry_out(const Provider& provider, Version& version, const Plan& plan,
                 const std::vector<unsigned>& attempts, Decisions& out);
  VersionFailure why_no_room(const Provider& provider, const Version& version) const;
  EnvironmentId choose_victim(const Version& version) const;
  void terminate_idle(std::string_view provider, bool at_once, Decisions& out);
  void forget_removed_versions(Decisions& out);

  std::uint64_t last_instance_ = 0;
  std::uint64_t last_environment_ = 0;
};

}  // namespace lmi::emulator::fleet
