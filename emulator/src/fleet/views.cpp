#include "fleet/state.hpp"

namespace lmi::emulator::fleet {

std::vector<InstanceView> Fleet::instances() const {
  std::vector<InstanceView> views;
  state_->instances.for_each([&](const Instance& instance) {
    views.push_back({.id = instance.id,
                     .provider = instance.provider,
                     .type = instance.type,
                     .zone = instance.zone,
                     .state = instance.state,
                     .environments = static_cast<unsigned>(instance.environments.size()),
                     .vcpus = instance.vcpus,
                     .cpu_milli = state_->load_at(instance.load).cpu_milli,
                     .memory_used_mb = state_->load_at(instance.load).memory_used_mb,
                     .millivcpus_allocated = instance.usable.millivcpus - instance.free.millivcpus,
                     .millivcpus_usable = instance.usable.millivcpus,
                     .memory_mb = instance.memory_mb,
                     .memory_mb_allocated = instance.usable.memory_mb - instance.free.memory_mb,
                     .memory_mb_usable = instance.usable.memory_mb});
  });
  return views;
}

std::vector<EnvironmentView> Fleet::environments() const {
  std::vector<EnvironmentView> views;
  state_->environments.for_each([&](const Environment& environment) {
    const Version& version = state_->versions.at(environment.version);
    views.push_back({.id = environment.id,
                     .version = environment.version,
                     .instance = environment.instance,
                     .state = environment.state,
                     .leaving = environment.leaving,
                     .slots_in_use = environment.seat ? version.router.in_use(*environment.seat) : 0,
                     .millivcpus = version.size.millivcpus,
                     .memory_mb = version.size.memory_mb,
                     .cpu_milli = environment.cpu_milli,
                     .memory_used_mb = environment.memory_used_mb});
  });
  return views;
}

std::vector<VersionView> Fleet::versions() const {
  std::vector<VersionView> views;
  for (const auto& [id, version] : state_->versions) {
    views.push_back({.id = id,
                     .provider = version.config.provider,
                     .active = version.phase == Phase::active,
                     .desired = desired_environments(version),
                     .live = version.live,
                     .ready = version.ready,
                     .slots = version.config.max_concurrency,
                     .in_use = version.router.in_use(),
                     .queued = version.queue.size(),
                     .cpu_milli = version.cpu.mean(state_->now, state_->parameters.signal_window),
                     .calls = version.calls});
  }
  return views;
}

std::vector<ProviderView> Fleet::providers() const {
  std::vector<ProviderView> views;
  for (const auto& [name, provider] : state_->providers) {
    ProviderView view{};
    view.name = name;
    view.instances = static_cast<unsigned>(provider.instances.size());
    for (const InstanceId id : provider.instances) {
      const Instance& instance = state_->instances.at(id);
      view.vcpus += instance.vcpus;
      view.millivcpus_usable += instance.usable.millivcpus;
      view.millivcpus_allocated += instance.usable.millivcpus - instance.free.millivcpus;
      view.memory_mb += instance.memory_mb;
      view.memory_mb_usable += instance.usable.memory_mb;
      view.memory_mb_allocated += instance.usable.memory_mb - instance.free.memory_mb;
      view.cpu_milli += state_->load_at(instance.load).cpu_milli;
      view.memory_used_mb += state_->load_at(instance.load).memory_used_mb;
    }
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace lmi::emulator::fleet
