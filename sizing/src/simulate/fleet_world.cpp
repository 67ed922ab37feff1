#include "simulate/fleet_world.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lmi::sizing::simulate {
namespace {

/// A version that is not active after this long never will be.
constexpr fleet::Time longest_wait = std::chrono::hours{24};

fleet::VersionConfig version_config(const Function& function, const std::string& provider,
                                    fleet::VersionId id) {
  return {.id = id,
          .provider = provider,
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
    world.later(now + launch.delay, LaunchOver{launch.instance, launch.fails});
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
    const std::size_t function = function_of(start.version);
    const Distribution& init_ms = world.scenario_.workload(function).function.init_ms;
    const Time init = from_milliseconds(init_ms.sample(world.init_random_));
    world.environments_[start.environment] = {.function = function, .instance = start.instance};
    world.later(now + std::chrono::duration_cast<fleet::Time>(init), InitOver{start.environment});
  }
  void operator()(const fleet::StopEnvironment& stop) const {
    const auto found = world.environments_.find(stop.environment);
    if (found == world.environments_.end()) return;  // it crashed, which the fleet is about to be told
    if (found->second.state == Environment::State::starting) {
      world.environments_.erase(found);
      world.fleet_.environment_gone(stop.environment, std::nullopt, now, world.decisions_);
      return;
    }
    found->second.state = Environment::State::closing;
    world.count_ready(found->second, false);
    world.watcher_.closing(stop.environment);
  }
  void operator()(const fleet::KillEnvironment& kill) const { world.kill(kill.environment); }
  void operator()(const fleet::DispatchCall& dispatch) const {
    world.watcher_.dispatched(dispatch.call, dispatch.environment);
  }
  void operator()(const fleet::RefuseCall& refuse) const {
    world.watcher_.refused(refuse.call, refuse.reason);
  }
  void operator()(const fleet::VersionActive&) const { ++world.active_; }
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
      init_random_{scenario.seed, Purpose::initialisation},
      fault_random_{scenario.seed, Purpose::faults},
      ready_by_function_(scenario.functions()) {}

std::string FleetWorld::publish() {
  fleet_.put_provider(scenario_.provider, fleet::Time{0}, decisions_);
  for (std::size_t i = 0; i < scenario_.functions(); ++i) {
    fleet_.add_version(version_config(scenario_.workload(i).function, scenario_.provider.name, version_of(i)),
                       fleet::Time{0}, decisions_);
  }
  obey(fleet::Time{0});
  fleet::Time now{0};
  while (active_ < scenario_.functions()) {
    if (!failure_.empty()) return failure_;
    now = next_fleet_time();
    if (now > longest_wait) return "It does not become active: its minimum does not fit or never starts.";
    step_at(now);
  }
  origin_ = now;
  for (std::size_t i = 0; i < scenario_.functions(); ++i) {
    auto schedule = scenario_.workload(i).function.schedule;
    if (schedule.empty()) continue;
    for (auto& entry : schedule) entry.at += origin_;
    fleet_.schedule_version(version_of(i), std::move(schedule), now, decisions_);
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
    std::visit([&](const auto& what) { occur(what, event.at); }, event.what);
  } else {
    fleet_.tick(now, decisions_);
  }
  obey(now);
}

void FleetWorld::occur(const LaunchOver& over, fleet::Time now) {
  const auto found = instances_.find(over.instance);
  if (found == instances_.end()) return;  // given up meanwhile
  if (over.failed) {
    instances_.erase(found);
    fleet_.instance_failed(over.instance, now, decisions_);
    return;
  }
  found->second.running_since = now;
  ++running_;
  vcpus_ += found->second.vcpus;
  ++launched_[found->second.type];
  perhaps(scenario_.faults.instance_losses_per_hour, now, Loss{over.instance});
  fleet_.instance_running(over.instance, now, decisions_);
}

void FleetWorld::occur(const InitOver& over, fleet::Time now) {
  const auto found = environments_.find(over.environment);
  if (found == environments_.end()) return;  // stopped meanwhile
  Environment& environment = found->second;
  environment.state = Environment::State::ready;
  count_ready(environment, true);
  perhaps(scenario_.faults.environment_crashes_per_hour, now, Crash{over.environment});
  watcher_.opened(over.environment, environment.function, environment.instance);
  fleet_.environment_ready(over.environment, now, decisions_);
}

void FleetWorld::occur(const Crash& crash, fleet::Time now) {
  if (environments_.find(crash.environment) == environments_.end()) return;  // gone before
  ++fault_counts_.environments_crashed;
  kill(crash.environment);
  fleet_.environment_gone(crash.environment, std::nullopt, now, decisions_);
}

void FleetWorld::occur(const Loss& loss, fleet::Time now) {
  if (instances_.find(loss.instance) == instances_.end()) return;  // terminated before
  ++fault_counts_.instances_lost;
  fleet_.instance_lost(loss.instance, now, decisions_);  // kills what is on it, and ends its account
}

void FleetWorld::perhaps(double per_hour, fleet::Time now, What what) {
  if (per_hour <= 0) return;
  const std::chrono::duration<double, std::ratio<3600>> wait{fault_random_.exponential() / per_hour};
  if (wait > std::chrono::hours{1'000'000}) return;  // longer than any scenario, and than the clock can count
  later(now + std::chrono::duration_cast<fleet::Time>(wait), what);
}

void FleetWorld::count_ready(const Environment& environment, bool more) {
  const double vcpus = scenario_.workload(environment.function).function.vcpus();
  std::uint64_t& of_function = ready_by_function_.at(environment.function);
  if (more) {
    ++ready_;
    ++of_function;
    environment_vcpus_ += vcpus;
  } else {
    --ready_;
    --of_function;
    environment_vcpus_ -= vcpus;
  }
}

void FleetWorld::kill(fleet::EnvironmentId id) {
  const auto entry = environments_.extract(id);
  if (entry.empty()) return;
  const Environment& environment = entry.mapped();
  if (environment.state == Environment::State::starting) return;
  if (environment.state == Environment::State::ready) count_ready(environment, false);
  watcher_.killed(id);
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
  environments_.erase(environment);
  fleet_.environment_gone(environment, std::nullopt, fleet_time(now), decisions_);
  obey(fleet_time(now));
}

void FleetWorld::report_load(std::span<const fleet::LoadReport> reports, Time now) {
  fleet_.report_load(reports, fleet_time(now), decisions_);
  obey(fleet_time(now));
}

void FleetWorld::report_concurrency(double calls, Time now) {
  fleet_.report_concurrency(version_of(0), static_cast<std::uint64_t>(std::llround(calls * 1000)),
                            fleet_time(now));
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
