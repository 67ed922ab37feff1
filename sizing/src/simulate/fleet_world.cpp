#include "simulate/fleet_world.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lmi::sizing::simulate {
namespace {

/// A version that is not active after this long never will be.
constexpr fleet::Time longest_wait = std::chrono::hours{24};

fleet::VersionConfig version_config(const Scenario& scenario, fleet::VersionId id) {
  const Function& function = scenario.function;
  return {.id = id,
          .provider = scenario.provider.name,
          .memory_mb = function.memory_mb,
          .gib_per_vcpu = function.gib_per_vcpu,
          .max_concurrency = function.concurrency,
          .scaling = function.scaling};
}

std::uint64_t fleet_seed(std::uint64_t seed) {
  return Random{seed, Purpose::fleet}.bits();
}

}  // namespace

/// Carries out one decision.
struct FleetWorld::Obey {
  FleetWorld& world;
  fleet::Time now;

  void operator()(const fleet::LaunchInstance& launch) const {
    const auto type = std::find_if(world.catalogue_.begin(), world.catalogue_.end(),
                                   [&](const auto& row) { return row.name == launch.type; });
    world.instances_[launch.instance] = {.type = launch.type, .vcpus = type->vcpus};
    world.later(now + launch.delay, launch.instance, launch.fails);
  }
  void operator()(const fleet::TerminateInstance& terminate) const {
    const auto found = world.instances_.find(terminate.instance);
    if (found == world.instances_.end()) return;
    if (const Instance& ended = found->second; ended.running_since != fleet::Time::max()) {
      world.uses_.push_back({ended.type, ended.running_since, now});
      --world.running_;
      world.vcpus_ -= ended.vcpus;
    }
    world.instances_.erase(found);
  }
  void operator()(const fleet::StartEnvironment& start) const {
    const Time init = from_milliseconds(world.scenario_.function.init_ms.sample(world.init_random_));
    world.starting_[start.environment] = start.instance;
    world.later(now + std::chrono::duration_cast<fleet::Time>(init), start.environment);
  }
  void operator()(const fleet::StopEnvironment& stop) const {
    if (world.starting_.erase(stop.environment) != 0) {
      world.fleet_.environment_gone(stop.environment, std::nullopt, now, world.decisions_);
      return;
    }
    --world.ready_;
    world.watcher_.closing(stop.environment);
  }
  void operator()(const fleet::KillEnvironment& kill) const {
    if (world.starting_.erase(kill.environment) != 0) return;
    --world.ready_;
    world.watcher_.killed(kill.environment);
  }
  void operator()(const fleet::DispatchCall& dispatch) const {
    world.watcher_.dispatched(dispatch.call, dispatch.environment);
  }
  void operator()(const fleet::RefuseCall& refuse) const {
    world.watcher_.refused(refuse.call, refuse.reason);
  }
  void operator()(const fleet::VersionActive&) const { world.active_ = true; }
  void operator()(const fleet::VersionFailed& failed) const {
    world.failure_ = failed.failure.reason_code + ": " + failed.failure.reason;
  }
  void operator()(const fleet::VersionDeactivated&) const {}  // the schedule's 0/0; calls are refused
  void operator()(const fleet::VersionRemoved&) const {}      // never removed here
};

FleetWorld::FleetWorld(const Scenario& scenario, fleet::Catalogue catalogue, EnvironmentWatcher& watcher)
    : scenario_{scenario},
      catalogue_{std::move(catalogue)},
      watcher_{watcher},
      fleet_{scenario.parameters, catalogue_, fleet_seed(scenario.seed)},
      init_random_{scenario.seed, Purpose::initialisation} {}

std::string FleetWorld::publish() {
  fleet_.put_provider(scenario_.provider, fleet::Time{0}, decisions_);
  fleet_.add_version(version_config(scenario_, version), fleet::Time{0}, decisions_);
  obey(fleet::Time{0});
  fleet::Time now{0};
  while (!active_) {
    if (!failure_.empty()) return failure_;
    now = next_fleet_time();
    if (now > longest_wait)
      return "The version does not become active: its minimum does not fit or never starts.";
    step_at(now);
  }
  origin_ = now;
  auto schedule = scenario_.function.schedule;
  for (auto& entry : schedule) entry.at += origin_;
  if (!schedule.empty()) {
    fleet_.schedule_version(version, std::move(schedule), now, decisions_);
    obey(now);
  }
  return {};
}

fleet::Time FleetWorld::next_fleet_time() const {
  const fleet::Time mine = events_.empty() ? fleet::Time::max() : events_.top().at;
  return std::min(mine, fleet_.next_wake_up().value_or(fleet::Time::max()));
}

Time FleetWorld::next() const {
  const fleet::Time at = next_fleet_time();
  return at == fleet::Time::max() ? Time::max() : Time{at - origin_};
}

void FleetWorld::step() {
  step_at(std::max(next_fleet_time(), origin_));
}

void FleetWorld::step_at(fleet::Time now) {
  if (!events_.empty() && events_.top().at <= now) {
    const Event event = events_.top();
    events_.pop();
    occur(event);
  } else {
    fleet_.tick(now, decisions_);
  }
  obey(now);
}

void FleetWorld::occur(const Event& event) {
  if (const auto* instance = std::get_if<fleet::InstanceId>(&event.what)) {
    const auto found = instances_.find(*instance);
    if (found == instances_.end()) return;  // given up meanwhile
    if (event.fails) {
      instances_.erase(found);
      fleet_.instance_failed(*instance, event.at, decisions_);
      return;
    }
    found->second.running_since = event.at;
    ++running_;
    vcpus_ += found->second.vcpus;
    ++launched_[found->second.type];
    fleet_.instance_running(*instance, event.at, decisions_);
    return;
  }
  const auto environment = std::get<fleet::EnvironmentId>(event.what);
  const auto started = starting_.extract(environment);
  if (started.empty()) return;  // stopped meanwhile
  ++ready_;
  watcher_.opened(environment, started.mapped());
  fleet_.environment_ready(environment, event.at, decisions_);
}

void FleetWorld::later(fleet::Time at, std::variant<fleet::InstanceId, fleet::EnvironmentId> what,
                       bool fails) {
  events_.push({at, order_++, what, fails});
}

void FleetWorld::obey(fleet::Time now) {
  if (obeying_) return;  // a watcher called back: the loop below takes what was decided on that
  obeying_ = true;
  while (!decisions_.empty()) {
    being_obeyed_.swap(decisions_);
    for (const auto& decision : being_obeyed_) std::visit(Obey{*this, now}, decision);
    being_obeyed_.clear();
  }
  obeying_ = false;
}

void FleetWorld::release(fleet::EnvironmentId environment, Time now) {
  fleet_.release(environment, fleet_time(now), decisions_);
  if (!decisions_.empty()) obey(fleet_time(now));
}

void FleetWorld::drained(fleet::EnvironmentId environment, Time now) {
  fleet_.environment_gone(environment, std::nullopt, fleet_time(now), decisions_);
  obey(fleet_time(now));
}

void FleetWorld::report_load(std::span<const fleet::LoadReport> reports, Time now) {
  fleet_.report_load(reports, fleet_time(now), decisions_);
  obey(fleet_time(now));
}

void FleetWorld::report_concurrency(double calls, Time now) {
  fleet_.report_concurrency(version, static_cast<std::uint64_t>(std::llround(calls * 1000)), fleet_time(now));
}

double FleetWorld::usable_vcpus(fleet::InstanceId instance) const {
  const unsigned all = instances_.at(instance).vcpus;
  const unsigned reserved = scenario_.parameters.reserved_vcpus;
  return all > reserved ? all - reserved : 0;
}

std::map<std::string, TypeUsage> FleetWorld::usage(Time duration) const {
  std::map<std::string, TypeUsage> usage;
  const fleet::Time end = fleet_time(duration);
  const auto add = [&](const Use& use) {
    const fleet::Time from = std::max(use.from, origin_);
    const fleet::Time to = std::min(use.to, end);
    TypeUsage& row = usage[use.type];
    if (to > from) row.hours += std::chrono::duration<double, std::ratio<3600>>(to - from).count();
  };
  for (const auto& use : uses_) add(use);
  for (const auto& [id, instance] : instances_) {
    if (instance.running_since != fleet::Time::max()) add({instance.type, instance.running_since, end});
  }
  for (auto& [type, row] : usage) {
    const auto found = std::find_if(catalogue_.begin(), catalogue_.end(),
                                    [&](const auto& candidate) { return candidate.name == type; });
    row.price_known = found->usd_per_hour.has_value();
    row.usd_per_hour = found->usd_per_hour.value_or(0);
    row.launched = launched_.at(type);
  }
  return usage;
}

}  // namespace lmi::sizing::simulate
