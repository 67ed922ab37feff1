#include "fleet/state.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace lmi::emulator::fleet {

Time restart_delay(const Parameters& parameters, unsigned attempt, Random& random) {
  Time delay = parameters.restart_delay;
  for (unsigned i = 1; i < attempt && delay < parameters.restart_delay_limit; ++i) delay *= 2;
  // Not all alike, so that environments that died together do not come back together.
  return random.around(std::min(delay, parameters.restart_delay_limit), 20);
}

std::size_t share(std::size_t count, unsigned percent) {
  return std::max<std::size_t>(1, count * percent / 100);
}

unsigned desired_environments(const Version& version) {
  const ScalingBounds& bounds = version.config.scaling;
  switch (version.phase) {
    case Phase::starting: return bounds.min_environments;
    case Phase::active:
      // A maximum below the minimum is refused by the API; here the minimum wins.
      return std::max(
          bounds.min_environments,
          std::min(version.scaler.wanted(), bounds.max_environments.value_or(version.scaler.wanted())));
    default: return 0;
  }
}

Fleet::State::State(Parameters parameters_, Catalogue catalogue_, std::uint64_t seed)
    : parameters{parameters_}, catalogue{std::move(catalogue_)}, random{seed} {}

InstanceId Fleet::State::launch_instance(Provider& provider, const Plan::Launch& launch, Decisions& out) {
  const bool fails = random.below(1000) < parameters.instance_launch_failure_permille;
  const Time delay =
      random.around(fails ? parameters.instance_launch_give_up : parameters.instance_launch_delay,
                    parameters.instance_launch_jitter_percent);
  const Resources room = usable(*launch.type, parameters);
  Instance& instance = instances.add([&](InstanceId id) {
    return Instance{.id = id,
                    .provider = provider.config.name,
                    .type = launch.type->name,
                    .vcpus = launch.type->vcpus,
                    .memory_mb = launch.type->memory_mb,
                    .zone = launch.zone,
                    .free = room,
                    .usable = room,
                    .load = take_load_place()};
  });
  load_at(instance.load) = {.hot_from = room.millivcpus * parameters.hot_cpu_percent};
  provider.instances.insert(instance.id);
  count(instance, true);
  set_due(instance, now + parameters.idle_instance_grace);
  out.emplace_back(
      LaunchInstance{instance.id, instance.provider, instance.type, instance.zone, delay, fails});
  return instance.id;
}

void Fleet::State::terminate_instance(InstanceId id, TerminationReason reason, Decisions& out) {
  Instance& instance = instances.at(id);
  set_due(instance, std::nullopt);
  count(instance, false);
  Provider& provider = providers.find(instance.provider)->second;
  provider.instances.erase(id);
  ++provider.room_epoch;
  unused_loads.push_back(instance.load);
  instances.erase(id);
  out.emplace_back(TerminateInstance{id, reason});
}

void Fleet::State::add_environment(Version& version, Instance& host, unsigned attempt, Decisions& out) {
  const bool running = host.state == InstanceState::running;
  const Environment& added = environments.add([&](EnvironmentId id) {
    return Environment{.id = id,
                       .version = version.config.id,
                       .instance = host.id,
                       .state = running ? EnvironmentState::starting : EnvironmentState::waiting_for_instance,
                       .host_load = host.load,
                       .attempt = attempt};
  });
  count(host, false);
  host.environments.insert(added.id);
  host.free -= version.size;
  count(host, true);
  if (host.retire_at <= now) host.retire_at = now + parameters.rotation_spacing;  // overdue while it was idle
  set_due(host, host.retire_at == Time::max() ? std::nullopt : std::optional{host.retire_at});
  version.environments.insert(added.id);
  count_live(version, host.id, true);
  if (running) out.emplace_back(StartEnvironment{added.id, version.config.id, host.id});
}

void Fleet::State::make_ready(Environment& environment) {
  Version& version = versions.at(environment.version);
  environment.state = EnvironmentState::ready;
  environment.ready_at = now;
  environment.seat = version.router.open(environment.id);
  ++version.ready;
  if (parameters.environment_lifetime > Time{0}) {
    set_due(environment,
            now + random.around(parameters.environment_lifetime, parameters.lifetime_jitter_percent));
  }
  refresh_block(environment);
}

void Fleet::State::stop_environment(EnvironmentId id, Decisions& out) {
  Environment& environment = environments.at(id);
  if (environment.state == EnvironmentState::draining) return;
  if (environment.state == EnvironmentState::waiting_for_instance) {  // the driver never heard of it
    drop_environment(id);
    return;
  }
  Version& version = versions.at(environment.version);
  if (environment.state == EnvironmentState::ready) {
    version.router.close(*environment.seat);
    --version.ready;
  }
  if (environment.leaving) {
    version.leaving.erase(id);
    environment.leaving = false;
  } else {
    count_live(version, environment.instance, false);
  }
  set_due(environment, std::nullopt);
  environment.state = EnvironmentState::draining;
  out.emplace_back(StopEnvironment{id});
}

void Fleet::State::make_leave(Environment& environment) {
  Version& version = versions.at(environment.version);
  environment.leaving = true;
  version.leaving.insert(environment.id);
  count_live(version, environment.instance, false);
  set_due(environment, now + parameters.rotation_patience);
}

void Fleet::State::drop_environment(EnvironmentId id) {
  Environment& environment = environments.at(id);
  Version& version = versions.at(environment.version);
  if (environment.state == EnvironmentState::ready) --version.ready;
  if (environment.leaving) {
    version.leaving.erase(id);
  } else if (environment.state != EnvironmentState::draining) {
    count_live(version, environment.instance, false);
  }
  if (environment.seat) version.router.forget(*environment.seat);
  count_in_flight(version);
  version.cpu.subtract(environment.cpu_milli, now);
  version.environments.erase(id);
  set_due(environment, std::nullopt);

  Instance& host = instances.at(environment.instance);
  count(host, false);
  host.free += version.size;
  host.environments.erase(id);
  count(host, true);
  InstanceLoad& load = load_at(host.load);
  load.cpu_milli -= environment.cpu_milli;
  load.memory_used_mb -= environment.memory_used_mb;
  if (host.environments.empty()) {
    set_due(host, host.state == InstanceState::draining ? now : now + parameters.idle_instance_grace);
  }
  ++providers.find(host.provider)->second.room_epoch;
  environments.erase(id);
  refresh_heat(host.id, load);
}

void Fleet::State::count_live(Version& version, InstanceId host, bool more) {
  const std::string& zone = instances.at(host).zone;
  if (more) {
    ++version.live;
    ++version.live_in_zone[zone];
    return;
  }
  --version.live;
  const auto found = version.live_in_zone.find(zone);
  if (--found->second == 0) version.live_in_zone.erase(found);
}

void Fleet::State::count(const Instance& instance, bool more) {
  Provider& provider = providers.find(instance.provider)->second;
  InstanceSums& sums = provider.sums;
  const auto change = [&](auto& sum, bool counts, auto amount) {
    if (counts) sum = more ? sum + amount : sum - amount;
  };
  const bool draining = instance.state == InstanceState::draining;
  // One that is being replaced makes room for its replacement: the cap is checked on growth alone.
  const bool replaced = draining && instance.drained_for == TerminationReason::rotated;
  change(sums.vcpus, !replaced, instance.vcpus);
  change(sums.idle_vcpus, !replaced && instance.environments.empty(), instance.vcpus);
  change(sums.launched, instance.state != InstanceState::launching, std::size_t{1});
  change(sums.draining, draining, std::size_t{1});
  if (!more) {
    sums.with_room.erase(instance.id);
  } else if (!draining && instance.free.holds(provider.smallest)) {
    sums.with_room.insert(instance.id);
  }
}

void Fleet::State::find_smallest(Provider& provider) {
  constexpr auto any = std::numeric_limits<std::uint64_t>::max();
  Resources smallest{any, any};
  for_versions_of(provider.config.name, [&](const Version& version) {
    smallest.millivcpus = std::min(smallest.millivcpus, version.size.millivcpus);
    smallest.memory_mb = std::min(smallest.memory_mb, version.size.memory_mb);
  });
  for (const InstanceId id : provider.instances) count(instances.at(id), false);
  provider.smallest = smallest;
  for (const InstanceId id : provider.instances) count(instances.at(id), true);
}

void Fleet::State::clear_instance(InstanceId id, Time retry_at, TerminationReason reason, Decisions& out) {
  const std::string provider = instances.at(id).provider;
  const std::set<EnvironmentId> all = instances.at(id).environments;  // dropping erases from it
  for (const EnvironmentId lost : all) {
    const Environment environment = environments.at(lost);
    Version& version = versions.at(environment.version);
    drop_environment(lost);
    if (environment.state != EnvironmentState::waiting_for_instance) out.emplace_back(KillEnvironment{lost});
    if (environment.state == EnvironmentState::draining || environment.leaving) continue;
    // Not the environment's fault: its count of failed attempts stays as it is.
    if (retry_at > now) version.retries.push_back({.due = retry_at, .attempt = environment.attempt});
  }
  terminate_instance(id, reason, out);
  reconcile(provider, out);
}

void Fleet::State::stop_all(Version& version, Decisions& out) {
  version.retries.clear();
  refuse_queue(version, out);
  const std::set<EnvironmentId> all = version.environments;  // stopping one may erase it
  for (const EnvironmentId environment : all) stop_environment(environment, out);
}

void Fleet::State::fail(Version& version, VersionFailure failure, Decisions& out) {
  version.phase = Phase::failed;
  out.emplace_back(VersionFailed{version.config.id, std::move(failure)});
  stop_all(version, out);
}

void Fleet::State::set_due(Instance& instance, std::optional<Time> due) {
  if (instance.due) instance_dates.erase({*instance.due, instance.id});
  instance.due = due;
  if (due) instance_dates.emplace(*due, instance.id);
}

void Fleet::State::set_due(Environment& environment, std::optional<Time> due) {
  if (environment.due) environment_dates.erase({*environment.due, environment.id});
  environment.due = due;
  if (due) environment_dates.emplace(*due, environment.id);
}

}  // namespace lmi::emulator::fleet
