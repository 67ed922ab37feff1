#pragma once

#include "fleet/id_table.hpp"
#include "fleet/random.hpp"
#include "fleet/records.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi::emulator::fleet {

/// How long to wait before start number `attempt` + 1 of an environment whose `attempt` starts failed.
Time restart_delay(const Parameters& parameters, unsigned attempt, Random& random);

/// `percent` of `count`, at least one.
std::size_t share(std::size_t count, unsigned percent);

/// All the fleet knows, and the steps its commands and reports are made of:
///   state.cpp      single changes
///   reconcile.cpp  from what is to what should be
///   rotation.cpp   replacing what is old or in the wrong place
///   load.cpp       measured load: hot hosts, the scaler's signals
///   waiting.cpp    calls that wait
///   views.cpp      what is shown
struct Fleet::State {
  State(Parameters parameters_, Catalogue catalogue_, std::uint64_t seed);

  // Single changes. Each keeps counters, rooms, lists and dates in step.
  InstanceId launch_instance(Provider& provider, const Plan::Launch& launch, Decisions& out);
  /// Precondition: nothing is on it.
  void terminate_instance(InstanceId instance, TerminationReason reason, Decisions& out);
  void add_environment(Version& version, Instance& host, unsigned attempt, Decisions& out);
  void make_ready(Environment& environment);
  void stop_environment(EnvironmentId environment, Decisions& out);
  /// It serves on, but counts no more: another will be started for it.
  void make_leave(Environment& environment);
  void drop_environment(EnvironmentId environment);
  void count_live(Version& version, InstanceId host, bool more);
  /// Keeps its provider's sums: out of them before it changes, into them after.
  void count(const Instance& instance, bool more);
  /// After a version came or went.
  void find_smallest(Provider& provider);
  /// The instance is no more, nor is what was on it; all that is wanted starts anew, not before `retry_at`.
  void clear_instance(InstanceId instance, Time retry_at, TerminationReason reason, Decisions& out);
  void stop_all(Version& version, Decisions& out);
  void fail(Version& version, VersionFailure failure, Decisions& out);
  void set_due(Instance& instance, std::optional<Time> due);
  void set_due(Environment& environment, std::optional<Time> due);

  // Towards what should be.
  void reconcile(std::string_view provider, Decisions& out);
  void choose_zones(const Provider& provider, Version& version) const;
  void apply_bounds(Version& version, ScalingBounds scaling);
  void apply_schedules();
  Plan plan(const Provider& provider, const Version& version, std::size_t count, bool without_idle) const;

  // Rotation.
  void rotate_due_instances(Decisions& out);
  void rotate_due_environments(Decisions& out);
  void tidy(Provider& provider, Decisions& out);
  void finish_leaving(Version& version, Decisions& out);

  // Load.
  void apply_load(const LoadReport& report);
  InstanceLoad& load_at(LoadPlace place) { return loads[static_cast<std::size_t>(place)]; }
  const InstanceLoad& load_at(LoadPlace place) const { return loads[static_cast<std::size_t>(place)]; }
  LoadPlace take_load_place();
  void refresh_heat(InstanceId instance, InstanceLoad& load);
  void refresh_block(Environment& environment);
  void scale(Provider& provider);
  void count_in_flight(Version& version);

  // Waiting calls.
  void serve_queue(Version& version, Decisions& out);
  void serve_queues(std::string_view provider, Decisions& out);
  void give_up_overdue(Decisions& out);
  void refuse_queue(Version& version, Decisions& out);

  template <class Visit>
  void for_versions_of(std::string_view provider, Visit visit) {
    for (auto& [id, version] : versions) {
      if (version.config.provider == provider) visit(version);
    }
  }

  const Parameters parameters;
  const Catalogue catalogue;
  Random random;
  Time now{};

  std::map<std::string, Provider, std::less<>> providers;
  IdTable<InstanceId, Instance> instances;
  IdTable<EnvironmentId, Environment> environments;
  std::vector<InstanceLoad> loads;  ///< By Instance::load.
  std::vector<LoadPlace> unused_loads;
  std::map<VersionId, Version> versions;
  std::set<std::pair<Time, InstanceId>> instance_dates;        ///< Their `due`s.
  std::set<std::pair<Time, EnvironmentId>> environment_dates;  ///< Likewise.
  std::uint64_t last_call = 0;                                 ///< That was queued.

 private:
  void settle(Version& version, Decisions& out);
  void grow(Provider& provider, Version& version, Decisions& out);
  void shrink(Version& version, Decisions& out);
  std::vector<unsigned> starts_due(Version& version) const;
  void carry_out(Provider& provider, Version& version, const Plan& plan,
                 const std::vector<unsigned>& attempts, Decisions& out);
  unsigned free_vcpus(const Provider& provider, bool without_idle) const;
  VersionFailure why_no_room(const Provider& provider, const Version& version) const;
  std::vector<EnvironmentId> choose_victims(const Version& version, std::size_t count) const;
  void terminate_idle(Provider& provider, bool at_once, Decisions& out);
  void forget_removed_versions(Decisions& out);
  void plan_dates(Provider& provider);

  void rotate(Instance& instance, Decisions& out);
  void rotate(Environment& environment, Decisions& out);
  void drain(Instance& instance, TerminationReason reason, Decisions& out);
  bool is_settled(const Version& version) const;
  bool level_zones(Version& version);
  void consolidate(Provider& provider, Decisions& out);
  bool fits_elsewhere(const Provider& provider, const Instance& instance) const;
};

}  // namespace lmi::emulator::fleet
