#include "fleet/state.hpp"

#include <algorithm>
#include <cmath>

namespace lmi::emulator::fleet {

void Fleet::State::apply_load(const LoadReport& report) {
  Environment* environment = environments.find(report.environment);
  if (environment == nullptr) return;
  InstanceLoad& host = load_at(environment->host_load);
  Signal& cpu = versions.at(environment->version).cpu;

  host.cpu_milli += report.cpu_milli - environment->cpu_milli;  // modulo 2^64, the sum is right
  cpu.set(cpu.level() + report.cpu_milli - environment->cpu_milli, now);
  host.memory_used_mb += report.memory_mb - environment->memory_used_mb;
  environment->cpu_milli = report.cpu_milli;
  environment->memory_used_mb = report.memory_mb;
  environment->disk_percent = report.disk_percent;
  refresh_heat(environment->instance, host);
  refresh_block(*environment);
}

LoadPlace Fleet::State::take_load_place() {
  if (unused_loads.empty()) {
    loads.emplace_back();
    return static_cast<LoadPlace>(loads.size() - 1);
  }
  const LoadPlace place = unused_loads.back();
  unused_loads.pop_back();
  return place;
}

/// An instance without environments uses nothing, so it is never hot.
void Fleet::State::refresh_heat(InstanceId instance, InstanceLoad& load) {
  const bool hot = load.cpu_milli * 100 >= load.hot_from;
  if (hot == load.hot) return;
  load.hot = hot;
  for (const EnvironmentId id : instances.at(instance).environments) refresh_block(environments.at(id));
}

void Fleet::State::refresh_block(Environment& environment) {
  if (environment.state != EnvironmentState::ready) return;
  Version& version = versions.at(environment.version);
  const std::uint64_t memory_limit = version.size.memory_mb * parameters.hot_memory_percent;
  std::optional<ThrottleReason> reason;
  if (load_at(environment.host_load).hot) {
    reason = ThrottleReason::cpu;
  } else if (environment.memory_used_mb * 100 >= memory_limit) {
    reason = ThrottleReason::memory;
  } else if (environment.disk_percent >= parameters.hot_disk_percent) {
    reason = ThrottleReason::disk;
  }
  if (reason == environment.blocked) return;
  environment.blocked = reason;
  if (reason) {
    version.router.block(*environment.seat, *reason);
  } else {
    version.router.unblock(*environment.seat);
  }
}

void Fleet::State::count_in_flight(Version& version) {
  if (!version.concurrency_reported) version.concurrency.set(version.router.in_use() * 1000, now);
}

void Fleet::State::scale(Provider& provider) {
  const double target_percent =
      provider.config.cpu_target_percent.value_or(static_cast<double>(parameters.auto_cpu_target_percent));
  // A target of 0 would ask for endless environments; a thousandth is as near as it gets.
  const auto target = static_cast<std::uint64_t>(std::max<long long>(1, std::llround(target_percent * 1000)));

  for_versions_of(provider.config.name, [&](Version& version) {
    if (version.phase != Phase::active) return;
    version.cpu.sample(now, parameters.signal_window);
    version.concurrency.sample(now, parameters.signal_window);
    const auto refused = [](const CallCounts& calls) {
      std::uint64_t sum = 0;
      for (const std::uint64_t count : calls.refused) sum += count;
      return sum;
    };
    ScalingInputs inputs{
        .now = now,
        .environments = desired_environments(version),
        .ready = version.ready,
        .max_environments = version.config.scaling.max_environments,
        .millivcpus_each = version.size.millivcpus,
        .slots_each = version.config.max_concurrency,
        .cpu_target_millipercent = target,
        .cpu_milli = version.cpu.mean(now, parameters.signal_window),
        .concurrency_milli = version.concurrency.mean(now, parameters.signal_window),
        .recent_concurrency_milli = version.concurrency.mean(now, parameters.panic_window),
        .recently_routed = version.calls.routed - version.calls_at_last_decision.routed,
        .recently_refused = refused(version.calls) - refused(version.calls_at_last_decision)};
    version.calls_at_last_decision = version.calls;
    version.scaler.decide(inputs, parameters);
  });
}

}  // namespace lmi::emulator::fleet
