#include "fleet/state.hpp"

#include <algorithm>
#include <utility>

namespace lmi::emulator::fleet {

Time restart_delay(const Parameters& parameters, unsigned attempt, Random& random) {
  Time delay = parameters.restart_delay;
  for (unsigned i = 1; i < attempt && delay < parameters.restart_delay_limit; ++i) delay *= 2;
  delay = std::min(delay, parameters.restart_delay_limit);
  // 80 % to 120 %, so that environments that died together do not come back together.
  return delay * (800 + static_cast<Time::rep>(random.below(401))) / 1000;
}

Version::Version(VersionConfig version_config)
    : config{std::move(version_config)},
      size{environment_size(config.memory_mb, config.gib_per_vcpu)},
      router{config.max_concurrency} {}

unsigned desired_environments(const Version& version) {
  const bool wanted = version.phase == Phase::starting || version.phase == Phase::active;
  return wanted ? version.config.scaling.min_environments : 0;
}

Fleet::State::State(Parameters parameters_, Catalogue catalogue_, std::uint64_t seed)
    : parameters{parameters_}, catalogue{std::move(catalogue_)}, random{seed} {}

InstanceId Fleet::State::launch_instance(const std::string& provider, const Plan::Launch& launch,
                                         Decisions& out) {
  const InstanceId id{++last_instance_};
  instances.emplace(id, Instance{.id = id,
                                 .provider = provider,
                                 .type = launch.type->name,
                                 .vcpus = launch.type->vcpus,
                                 .zone = launch.zone,
                                 .free = usable(*launch.type, parameters),
                                 .environments = {},
                                 .idle_since = now});
  idle.emplace(now + parameters.idle_instance_grace, id);
  out.emplace_back(LaunchInstance{id, provider, launch.type->name, launch.zone});
  return id;
}

void Fleet::State::terminate_instance(InstanceId instance, Decisions& out) {
  const auto found = instances.find(instance);
  idle.erase({found->second.idle_since + parameters.idle_instance_grace, instance});
  instances.erase(found);
  out.emplace_back(TerminateInstance{instance});
}

void Fleet::State::add_environment(Version& version, InstanceId instance, unsigned attempt, Decisions& out) {
  Instance& host = instances.at(instance);
  const EnvironmentId id{++last_environment_};
  const bool running = host.state == InstanceState::running;
  environments.emplace(
      id, Environment{.id = id,
                      .version = version.config.id,
                      .instance = instance,
                      .state = running ? EnvironmentState::starting : EnvironmentState::waiting_for_instance,
                      .attempt = attempt});
  if (host.environments.empty()) idle.erase({host.idle_since + parameters.idle_instance_grace, instance});
  host.environments.insert(id);
  host.free -= version.size;
  version.environments.insert(id);
  ++version.live;
  if (running) out.emplace_back(StartEnvironment{id, version.config.id, instance});
}

void Fleet::State::stop_environment(EnvironmentId environment, Decisions& out) {
  Environment& record = environments.at(environment);
  if (record.state == EnvironmentState::draining) return;
  if (record.state == EnvironmentState::waiting_for_instance) {  // the driver never heard of it
    drop_environment(environment);
    return;
  }
  Version& version = versions.at(record.version);
  if (record.state == EnvironmentState::ready) {
    version.router.close(environment);
    --version.ready;
  }
  --version.live;
  record.state = EnvironmentState::draining;
  out.emplace_back(StopEnvironment{environment});
}

void Fleet::State::drop_environment(EnvironmentId environment) {
  const auto found = environments.find(environment);
  const Environment& record = found->second;
  Version& version = versions.at(record.version);
  if (record.state == EnvironmentState::ready) --version.ready;
  if (record.state != EnvironmentState::draining) --version.live;
  version.router.forget(environment);
  version.environments.erase(environment);

  Instance& host = instances.at(record.instance);
  host.free += version.size;
  host.environments.erase(environment);
  if (host.environments.empty()) {
    host.idle_since = now;
    idle.emplace(now + parameters.idle_instance_grace, host.id);
  }
  environments.erase(found);
}

void Fleet::State::stop_all(Version& version, Decisions& out) {
  version.retries.clear();
  const std::set<EnvironmentId> all = version.environments;  // stopping one may erase it
  for (const EnvironmentId environment : all) stop_environment(environment, out);
}

void Fleet::State::fail(Version& version, VersionFailure failure, Decisions& out) {
  version.phase = Phase::failed;
  out.emplace_back(VersionFailed{version.config.id, std::move(failure)});
  stop_all(version, out);
}

}  // namespace lmi::emulator::fleet
