#include "app/live_fleet.hpp"

#include <algorithm>
#include <utility>

namespace lmi::emulator::app {

using control_plane::VersionKey;
using std::chrono::milliseconds;

LiveFleet::LiveFleet(Services services, LiveFleetConfig config)
    : services_{std::move(services)},
      config_{std::move(config)},
      clock_{services_.loop, config_.time_scale, config_.wall_clock()},
      names_{config_.seed},
      fleet_{config_.parameters, std::move(services_.catalogue), config_.seed},
      meter_{services_.usage, config_.cpu_scale},
      provider_log_{services_.logs, config_.wall_clock} {
  if (services_.metrics) metrics_.emplace(*services_.metrics, config_.metrics_period);
}

LiveFleet::~LiveFleet() = default;

// ---- Wishes ----

void LiveFleet::put_provider(const control_plane::ProviderDeployment& provider) {
  if (shutting_down_) return;
  provider_log_.put(provider);
  fleet::Decisions decisions;
  fleet_.put_provider({.name = provider.name,
                       .architecture = provider.architecture,
                       .zones = zones_of_subnets(provider.subnet_ids, config_.region),
                       .max_vcpus = provider.max_vcpus,
                       .allowed_types = provider.allowed_types,
                       .excluded_types = provider.excluded_types,
                       .cpu_target_percent = provider.cpu_target_percent},
                      now(), decisions);
  carry_out(std::move(decisions));
}

void LiveFleet::remove_provider(const std::string& name) {
  if (shutting_down_) return;
  fleet::Decisions decisions;
  fleet_.remove_provider(name, now(), decisions);
  carry_out(std::move(decisions));
}

void LiveFleet::deploy(control_plane::VersionDeployment version) {
  if (shutting_down_) return;
  fleet::VersionConfig config{.id = {},
                              .provider = version.provider,
                              .memory_mb = version.memory_mb,
                              .gib_per_vcpu = version.gib_per_vcpu,
                              .max_concurrency = version.max_concurrency,
                              .scaling = {version.min_environments, version.max_environments}};
  Generations::Effects effects;
  fleet::Decisions decisions;
  config.id = generations_.deploy(std::move(version), effects);
  carry_out(std::move(effects), decisions);
  fleet_.add_version(std::move(config), now(), decisions);
  carry_out(std::move(decisions));
}

void LiveFleet::scale(const VersionKey& key, unsigned min_environments,
                      std::optional<unsigned> max_environments) {
  if (shutting_down_) return;
  fleet::Decisions decisions;
  for (const fleet::VersionId id : generations_.scale(key, min_environments, max_environments)) {
    fleet_.scale_version(id, {min_environments, max_environments}, now(), decisions);
  }
  carry_out(std::move(decisions));
}

void LiveFleet::retire(const VersionKey& key) {
  if (shutting_down_) return;
  Generations::Effects effects;
  fleet::Decisions decisions;
  generations_.retire(key, effects);
  carry_out(std::move(effects), decisions);
  carry_out(std::move(decisions));
}

void LiveFleet::on_notice(std::function<void(const control_plane::VersionNotice&)> notice) {
  notice_ = std::move(notice);
}

bool LiveFleet::lose_instance(const std::string& name) {
  const auto found = std::find_if(instances_.begin(), instances_.end(),
                                  [&](const auto& entry) { return entry.second.name == name; });
  if (found == instances_.end() || shutting_down_) return false;
  fleet::Decisions decisions;
  fleet_.instance_lost(found->first, now(), decisions);
  carry_out(std::move(decisions));
  return true;
}

// ---- The end ----

void LiveFleet::shut_down(milliseconds drain, std::function<void()> done) {
  if (std::exchange(shutting_down_, true)) return;
  tick_.cancel();
  measuring_.cancel();
  for (auto& [id, instance] : instances_) instance.launch.cancel();
  for (const auto& [call, pending] : std::exchange(queued_, {})) {
    refuse(pending, fleet::ThrottleReason::concurrency);
  }
  if (environments_.empty()) {
    services_.loop.post(std::move(done));
    return;
  }
  all_gone_ = std::move(done);
  for (auto& [id, live] : environments_) {
    live.process->shut_down(environment::ShutdownReason::spindown, live.ready ? drain : milliseconds{0});
  }
}

}  // namespace lmi::emulator::app
