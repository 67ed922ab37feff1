#pragma once

#include "fleet/fleet.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::fleet::test {

/// A small catalogue with known numbers.
Catalogue small_catalogue();

ProviderConfig three_zone_provider(std::string name = "provider");
VersionConfig version_config(std::uint64_t id, unsigned min_environments = 3, unsigned slots = 2);

/// A driver without processes: keeps what the fleet decided as the driver's own record, and checks each
/// decision against it. `violations` says what was wrong, in words; a test expects it to be empty.
class World {
 public:
  struct InstanceRecord {
    std::string provider;
    std::string type;
    std::string zone;
    bool running = false;
    bool fails = false;
  };
  struct EnvironmentRecord {
    VersionId version{};
    InstanceId instance{};
    bool ready = false;
    bool stopping = false;
  };

  explicit World(Parameters parameters = {}, std::uint64_t seed = 1);

  // Wishes; each one carries out what the fleet decided.
  void put_provider(ProviderConfig config);
  void remove_provider(const std::string& name);
  void add_version(VersionConfig config);
  void scale(std::uint64_t version, unsigned min, std::optional<unsigned> max = std::nullopt);
  void schedule(std::uint64_t version, std::vector<ScheduledScaling> schedule);
  void remove_version(std::uint64_t version);

  // What happens in the world.
  void instance_runs(InstanceId instance);  ///< Or fails, when it was launched to fail.
  void instance_dies(InstanceId instance);
  void becomes_ready(EnvironmentId environment);
  void dies(EnvironmentId environment, std::optional<VersionFailure> failure = std::nullopt);
  void pass(Time duration);  ///< Time goes by; ticks are given when they are due.
  /// As pass(), and everything that can start or end meanwhile does so at once.
  void live(Time duration);
  void report(std::vector<LoadReport> reports);
  /// Every ready environment of the version uses `cpu_milli`; likewise for the others.
  void report_all(std::uint64_t version, std::uint64_t cpu_milli, std::uint64_t memory_mb = 0,
                  unsigned disk_percent = 0);
  /// Everything that can start does, until nothing more happens at this time.
  void settle();

  /// A version with two more environments in a zone than in another; absent: there is none.
  std::optional<std::string> uneven_zones() const;

  // Calls.
  /// Where it went; absent: it was refused, or waits.
  std::optional<EnvironmentId> call(std::uint64_t version);
  void end_call(EnvironmentId environment);
  void cancel(CallId call);
  bool busy(EnvironmentId environment) const;

  // What there is.
  std::vector<EnvironmentId> environments_of(std::uint64_t version, bool ready_only = false) const;
  std::map<std::string, unsigned> zones_of(std::uint64_t version) const;
  std::map<std::string, unsigned> instance_zones() const;
  VersionView version(std::uint64_t id) const;
  bool told(const std::string& notice) const;  ///< E.g. "active 1", "failed 1 FunctionError.InitTimeout".

  Fleet fleet;
  Time now{0};
  std::map<InstanceId, InstanceRecord> instances;
  std::map<EnvironmentId, EnvironmentRecord> environments;
  std::vector<std::string> notices;
  std::vector<std::string> journal;  ///< Every decision as text: equal journals are equal behaviour.
  std::vector<std::string> violations;

  /// Calls by what became of them: each one is in exactly one of these.
  struct Calls {
    std::uint64_t made = 0;
    std::uint64_t in_flight = 0;
    std::uint64_t waiting = 0;
    std::uint64_t finished = 0;
    std::uint64_t died = 0;  ///< With their environment.
    std::uint64_t refused = 0;
    std::uint64_t cancelled = 0;
  };
  Calls calls;
  std::optional<ThrottleReason> last_refusal;
  std::map<CallId, EnvironmentId> dispatched;  ///< Calls that waited and got a slot.
  std::set<CallId> waiting;

 private:
  void carry_out();
  void apply(const LaunchInstance& decision);
  void apply(const TerminateInstance& decision);
  void apply(const StartEnvironment& decision);
  void apply(const StopEnvironment& decision);
  void apply(const KillEnvironment& decision);
  void apply(const DispatchCall& decision);
  void apply(const RefuseCall& decision);
  void apply(const VersionActive& decision);
  void apply(const VersionFailed& decision);
  void apply(const VersionDeactivated& decision);
  void apply(const VersionRemoved& decision);
  void forget(EnvironmentId environment);
  void routed(EnvironmentId environment);
  void expect(bool condition, std::string_view what);
  void check_invariants();
  void check_room(const std::map<InstanceId, std::vector<VersionId>>& hosted);
  void check_launch(const LaunchInstance& decision);
  void check_zones();
  void check_calls();

  Parameters parameters_;
  Decisions decisions_;
  std::map<std::string, ProviderConfig> providers_;
  std::map<VersionId, VersionConfig> versions_;
  std::map<EnvironmentId, unsigned> calls_;
  EnvironmentId newest_seen_{0};
};

}  // namespace lmi::emulator::fleet::test
