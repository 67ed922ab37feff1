#include "unit/fleet/fleet_world.hpp"

#include "fleet/placement.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace lmi::emulator::fleet::test {
namespace {

/// A provider with so many vCPUs never runs out of room in these tests.
constexpr unsigned roomy_vcpus = 10'000;

template <class Id>
std::string text(Id id) {
  return std::to_string(static_cast<std::uint64_t>(id));
}

const InstanceType& type_named(const std::string& name) {
  static const Catalogue catalogue = small_catalogue();
  return *std::find_if(catalogue.begin(), catalogue.end(),
                       [&](const InstanceType& type) { return type.name == name; });
}

}  // namespace

Catalogue small_catalogue() {
  return {{"m1.large", "x86_64", 2, 8192, 0.1},
          {"c1.xlarge", "x86_64", 4, 8192, 0.15},
          {"m1.xlarge", "x86_64", 4, 16384, 0.2},
          {"m1.2xlarge", "x86_64", 8, 32768, 0.4},
          {"m1.4xlarge", "x86_64", 16, 65536, 0.8},
          {"m1.12xlarge", "x86_64", 48, 196608, 2.4},
          {"m9.xlarge", "x86_64", 4, 16384, std::nullopt},
          {"m1g.xlarge", "arm64", 4, 16384, 0.15}};
}

ProviderConfig three_zone_provider(std::string name) {
  return {.name = std::move(name),
          .architecture = "x86_64",
          .zones = {"a", "b", "c"},
          .max_vcpus = 400,
          .allowed_types = {},
          .excluded_types = {}};
}

VersionConfig version_config(std::uint64_t id, unsigned min_environments, unsigned slots) {
  return {.id = VersionId{id},
          .provider = "provider",
          .memory_mb = 2048,
          .gib_per_vcpu = 2.0,
          .max_concurrency = slots,
          .scaling = {.min_environments = min_environments, .max_environments = std::nullopt}};
}

World::World(Parameters parameters, std::uint64_t seed)
    : fleet{parameters, small_catalogue(), seed}, parameters_{parameters} {}

void World::put_provider(ProviderConfig config) {
  providers_[config.name] = config;
  fleet.put_provider(std::move(config), now, decisions_);
  carry_out();
}

void World::remove_provider(const std::string& name) {
  fleet.remove_provider(name, now, decisions_);
  carry_out();
}

void World::add_version(VersionConfig config) {
  versions_[config.id] = config;
  fleet.add_version(std::move(config), now, decisions_);
  carry_out();
}

void World::scale(std::uint64_t version, unsigned min, std::optional<unsigned> max) {
  fleet.scale_version(VersionId{version}, {.min_environments = min, .max_environments = max}, now,
                      decisions_);
  carry_out();
}

void World::schedule(std::uint64_t version, std::vector<ScheduledScaling> schedule) {
  fleet.schedule_version(VersionId{version}, std::move(schedule), now, decisions_);
  carry_out();
}

void World::remove_version(std::uint64_t version) {
  fleet.remove_version(VersionId{version}, now, decisions_);
  carry_out();
}

void World::instance_runs(InstanceId instance) {
  const auto found = instances.find(instance);
  if (found != instances.end() && found->second.fails) {
    fleet.instance_failed(instance, now, decisions_);
  } else {
    if (found != instances.end()) found->second.running = true;
    fleet.instance_running(instance, now, decisions_);
  }
  carry_out();
}

void World::instance_dies(InstanceId instance) {
  fleet.instance_lost(instance, now, decisions_);
  carry_out();
  expect(instances.count(instance) == 0, "a lost instance is still known");
}

void World::becomes_ready(EnvironmentId environment) {
  if (const auto found = environments.find(environment); found != environments.end())
    found->second.ready = true;
  fleet.environment_ready(environment, now, decisions_);
  carry_out();
}

void World::dies(EnvironmentId environment, std::optional<VersionFailure> failure) {
  forget(environment);
  fleet.environment_gone(environment, std::move(failure), now, decisions_);
  carry_out();
}

void World::forget(EnvironmentId environment) {
  environments.erase(environment);
  calls.died += calls_[environment];
  calls.in_flight -= calls_[environment];
  calls_.erase(environment);
}

void World::report(std::vector<LoadReport> reports) {
  fleet.report_load(reports, now, decisions_);
  carry_out();
}

void World::report_all(std::uint64_t version, std::uint64_t cpu_milli, std::uint64_t memory_mb,
                       unsigned disk_percent) {
  std::vector<LoadReport> reports;
  for (const EnvironmentId id : environments_of(version, true)) {
    reports.push_back({id, cpu_milli, memory_mb, disk_percent});
  }
  report(std::move(reports));
}

void World::live(Time duration) {
  const Time end = now + duration;
  settle();
  for (auto due = fleet.next_wake_up(); due && *due <= end; due = fleet.next_wake_up()) {
    pass(std::max(*due - now, Time{0}));
    settle();
    if (!violations.empty()) return;
  }
  now = end;
}

void World::pass(Time duration) {
  const Time end = now + duration;
  for (auto due = fleet.next_wake_up(); due && *due <= end;) {
    now = std::max(now, *due);
    fleet.tick(now, decisions_);
    carry_out();
    due = fleet.next_wake_up();
    expect(!due || *due > now, "a wake-up is due that the last tick should have dealt with");
    if (due && *due <= now) return;
  }
  now = end;
}

void World::settle() {
  for (bool moved = true; moved;) {
    moved = false;
    const auto instances_now = instances;
    for (const auto& [id, record] : instances_now) {
      if (record.running || instances.count(id) == 0) continue;
      instance_runs(id);
      moved = true;
    }
    const auto environments_now = environments;
    for (const auto& [id, record] : environments_now) {
      if (environments.count(id) == 0) continue;  // meanwhile
      if (record.stopping) {
        if (busy(id)) continue;
        dies(id);
      } else if (!record.ready) {
        becomes_ready(id);
      } else {
        continue;
      }
      moved = true;
    }
  }
}

std::optional<EnvironmentId> World::call(std::uint64_t version) {
  ++calls.made;
  const Route route = fleet.route(VersionId{version}, now);
  if (const auto* queued = std::get_if<Queued>(&route)) {
    ++calls.waiting;
    waiting.insert(queued->call);
    check_invariants();
    return std::nullopt;
  }
  if (const auto* reason = std::get_if<ThrottleReason>(&route)) {
    ++calls.refused;
    last_refusal = *reason;
    if (*reason == ThrottleReason::concurrency) {
      for (const EnvironmentId id : environments_of(version, true)) {
        expect(calls_[id] >= versions_.at(VersionId{version}).max_concurrency,
               "refused for concurrency although a slot was free");
      }
    }
    check_invariants();
    return std::nullopt;
  }
  const auto environment = std::get<EnvironmentId>(route);
  ++calls.in_flight;
  routed(environment);
  check_invariants();
  return environment;
}

void World::routed(EnvironmentId environment) {
  const auto found = environments.find(environment);
  expect(found != environments.end() && found->second.ready && !found->second.stopping,
         "call routed to an environment that is not ready");
  ++calls_[environment];
}

void World::end_call(EnvironmentId environment) {
  --calls_[environment];
  --calls.in_flight;
  ++calls.finished;
  fleet.release(environment, now, decisions_);
  carry_out();
}

void World::cancel(CallId call) {
  if (waiting.erase(call) == 0) return;
  --calls.waiting;
  ++calls.cancelled;
  fleet.cancel(call, now);
  check_invariants();
}

bool World::busy(EnvironmentId environment) const {
  const auto found = calls_.find(environment);
  return found != calls_.end() && found->second > 0;
}

VersionView World::version(std::uint64_t id) const {
  for (const VersionView& view : fleet.versions()) {
    if (view.id == VersionId{id}) return view;
  }
  return {};
}

std::vector<EnvironmentId> World::environments_of(std::uint64_t version, bool ready_only) const {
  std::vector<EnvironmentId> ids;
  for (const auto& [id, record] : environments) {
    if (record.version == VersionId{version} && !record.stopping && (record.ready || !ready_only))
      ids.push_back(id);
  }
  return ids;
}

std::map<std::string, unsigned> World::zones_of(std::uint64_t version) const {
  std::map<std::string, unsigned> zones;
  for (const EnvironmentId id : environments_of(version))
    ++zones[instances.at(environments.at(id).instance).zone];
  return zones;
}

std::map<std::string, unsigned> World::instance_zones() const {
  std::map<std::string, unsigned> zones;
  for (const auto& [id, record] : instances) ++zones[record.zone];
  return zones;
}

bool World::told(const std::string& notice) const {
  return std::find(notices.begin(), notices.end(), notice) != notices.end();
}

void World::carry_out() {
  Decisions now_due;
  std::swap(now_due, decisions_);
  for (const Decision& decision : now_due) {
    std::visit([this](const auto& each) { apply(each); }, decision);
  }
  check_invariants();
}

void World::apply(const LaunchInstance& decision) {
  expect(instances.count(decision.instance) == 0, "instance launched twice");
  check_launch(decision);
  instances[decision.instance] = {decision.provider, decision.type, decision.zone, false, decision.fails};
  journal.push_back("launch " + text(decision.instance) + " " + decision.type + " " + decision.zone);
}

void World::apply(const TerminateInstance& decision) {
  expect(instances.count(decision.instance) == 1, "unknown instance terminated");
  for (const auto& [id, record] : environments) {
    expect(record.instance != decision.instance, "instance terminated under environment " + text(id));
  }
  instances.erase(decision.instance);
  journal.push_back("terminate " + text(decision.instance));
}

void World::apply(const StartEnvironment& decision) {
  const auto host = instances.find(decision.instance);
  expect(host != instances.end() && host->second.running,
         "environment started on an instance that is not running");
  expect(environments.count(decision.environment) == 0, "environment started twice");
  environments[decision.environment] = {decision.version, decision.instance, false, false};
  journal.push_back("start " + text(decision.environment) + " of " + text(decision.version) + " on " +
                    text(decision.instance));
}

void World::apply(const StopEnvironment& decision) {
  const auto found = environments.find(decision.environment);
  expect(found != environments.end(), "unknown environment stopped");
  if (found == environments.end()) return;
  expect(!found->second.stopping, "environment stopped twice");
  found->second.stopping = true;
  journal.push_back("stop " + text(decision.environment));
}

void World::apply(const KillEnvironment& decision) {
  expect(environments.count(decision.environment) == 1, "unknown environment killed");
  forget(decision.environment);
  journal.push_back("kill " + text(decision.environment));
}

void World::apply(const DispatchCall& decision) {
  expect(waiting.erase(decision.call) == 1, "a call dispatched that does not wait");
  --calls.waiting;
  ++calls.in_flight;
  dispatched[decision.call] = decision.environment;
  routed(decision.environment);
  journal.push_back("dispatch " + text(decision.call) + " to " + text(decision.environment));
}

void World::apply(const RefuseCall& decision) {
  expect(waiting.erase(decision.call) == 1, "a call refused that does not wait");
  --calls.waiting;
  ++calls.refused;
  last_refusal = decision.reason;
  journal.push_back("refuse " + text(decision.call));
}

void World::apply(const VersionActive& decision) {
  notices.push_back("active " + text(decision.version));
  journal.push_back(notices.back());
}

void World::apply(const VersionFailed& decision) {
  notices.push_back("failed " + text(decision.version) + " " + decision.failure.reason_code);
  journal.push_back(notices.back());
}

void World::apply(const VersionDeactivated& decision) {
  notices.push_back("deactivated " + text(decision.version));
  journal.push_back(notices.back());
}

void World::apply(const VersionRemoved& decision) {
  for (const auto& [id, record] : environments) {
    expect(record.version != decision.version, "version removed before its environment " + text(id));
  }
  notices.push_back("removed " + text(decision.version));
  journal.push_back(notices.back());
}

void World::expect(bool condition, std::string_view what) {
  if (!condition)
    violations.push_back(std::string{what} + " (after: " + (journal.empty() ? "nothing" : journal.back()) +
                         ")");
}

void World::check_invariants() {
  std::map<InstanceId, std::vector<VersionId>> hosted;
  for (const EnvironmentView& view : fleet.environments()) {
    const VersionConfig& version = versions_.at(view.version);
    expect(view.slots_in_use <= version.max_concurrency, "environment over its slots");
    expect(view.slots_in_use == calls_[view.id], "slots in use differ from the calls in flight");
    expect(instances.count(view.instance) == 1, "environment on a missing instance");
    hosted[view.instance].push_back(view.version);
  }
  check_room(hosted);
  expect(fleet.instances().size() == instances.size(), "the fleet and the driver know different instances");

  check_zones();
  check_calls();
}

/// The cap holds for every launch, but for the overshoot of a provider of which nothing runs yet, and for
/// what is being replaced.
void World::check_launch(const LaunchInstance& decision) {
  std::set<InstanceId> draining;
  for (const InstanceView& view : fleet.instances()) {
    if (view.state == InstanceState::draining) draining.insert(view.id);
  }
  unsigned used = type_named(decision.type).vcpus;
  bool first_burst = true;
  for (const auto& [id, record] : instances) {
    if (record.provider != decision.provider) continue;
    if (record.running) first_burst = false;
    if (draining.count(id) == 0) used += type_named(record.type).vcpus;
  }
  const unsigned overshoot = first_burst ? parameters_.first_burst_overshoot_percent : 0;
  expect(used <= providers_.at(decision.provider).max_vcpus * (100 + overshoot) / 100,
         "provider " + decision.provider + " launches beyond its vCPU cap");
}

/// Whatever was placed went to a zone that had the fewest of its version. Only where there is room
/// everywhere.
void World::check_zones() {
  std::map<VersionId, std::map<std::string, unsigned>> live;
  std::map<VersionId, std::set<std::string>> grown;
  EnvironmentId newest = newest_seen_;
  for (const EnvironmentView& view : fleet.environments()) {
    newest = std::max(newest, view.id);
    if (instances.count(view.instance) == 0) continue;  // reported by another check
    const VersionConfig& version = versions_.at(view.version);
    const ProviderConfig& provider = providers_.at(version.provider);
    if (provider.max_vcpus < roomy_vcpus || provider.zones.size() > parameters_.zones_per_version) continue;
    const std::string& zone = instances.at(view.instance).zone;
    for (const std::string& each : provider.zones) live[view.version].try_emplace(each, 0);
    if (view.state == EnvironmentState::draining || view.leaving) continue;
    ++live[view.version][zone];
    if (view.id > newest_seen_) grown[view.version].insert(zone);
  }
  newest_seen_ = newest;
  for (const auto& [version, zones] : grown) {
    unsigned fewest = std::numeric_limits<unsigned>::max();
    for (const auto& [zone, count] : live[version]) fewest = std::min(fewest, count);
    for (const std::string& zone : zones) {
      expect(live[version][zone] <= fewest + 1, "zones of version " + text(version) + " out of balance");
    }
  }
}

std::optional<std::string> World::uneven_zones() const {
  std::map<VersionId, std::map<std::string, unsigned>> live;
  for (const EnvironmentView& view : fleet.environments()) {
    auto& zones = live[view.version];
    for (const std::string& zone : providers_.at(versions_.at(view.version).provider).zones)
      zones.try_emplace(zone, 0);
    if (view.state != EnvironmentState::draining && !view.leaving) ++zones[instances.at(view.instance).zone];
  }
  for (const auto& [version, zones] : live) {
    const auto [fewest, most] = std::minmax_element(
        zones.begin(), zones.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most->second > fewest->second + 1)
      return "zones of version " + text(version) + " stay out of balance";
  }
  return std::nullopt;
}

void World::check_calls() {
  expect(calls.made ==
             calls.in_flight + calls.waiting + calls.finished + calls.died + calls.refused + calls.cancelled,
         "a call without an outcome, or with two");
  expect(calls.waiting == waiting.size(), "the waiting calls are not those that wait");
  std::uint64_t in_flight = 0;
  for (const auto& [id, count] : calls_) in_flight += count;
  expect(in_flight == calls.in_flight, "calls in flight outside an environment");
  std::uint64_t queued = 0;
  for (const VersionView& view : fleet.versions()) {
    queued += view.queued;
    expect(view.queued <= parameters_.queue_length, "a queue over its length");
  }
  expect(queued == waiting.size(), "the fleet and the callers know different waiting calls");
}

void World::check_room(const std::map<InstanceId, std::vector<VersionId>>& hosted) {
  for (const auto& [instance, versions] : hosted) {
    Resources used;
    for (const VersionId version : versions) {
      const VersionConfig& config = versions_.at(version);
      used += environment_size(config.memory_mb, config.gib_per_vcpu);
    }
    const auto& record = instances.at(instance);
    expect(usable(type_named(record.type), parameters_).holds(used), "instance overfilled");
  }
}

}  // namespace lmi::emulator::fleet::test
