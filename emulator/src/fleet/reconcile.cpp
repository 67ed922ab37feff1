#include "fleet/state.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

namespace lmi::emulator::fleet {

void Fleet::State::reconcile(std::string_view provider_name, Decisions& out) {
  const auto found = providers.find(provider_name);
  if (found == providers.end()) return;
  Provider& provider = found->second;
  // Shrinking first: what one version gives back another may need.
  for_versions_of(provider_name, [&](Version& version) { shrink(version, out); });
  for_versions_of(provider_name, [&](Version& version) {
    grow(provider, version, out);
    finish_leaving(version, out);
    settle(version, out);
  });
  forget_removed_versions(out);

  bool orphaned = provider.leaving;
  for_versions_of(provider_name, [&](Version&) { orphaned = false; });
  terminate_idle(provider, orphaned, out);
  if (orphaned) {
    providers.erase(found);
  } else {
    plan_dates(provider);
  }
}

void Fleet::State::choose_zones(const Provider& provider, Version& version) const {
  std::map<std::string, unsigned> instances_in;  // owns its keys: sorting moves the strings it is asked for
  for (const InstanceId id : provider.instances) ++instances_in[instances.at(id).zone];
  std::vector<std::string> order = provider.zones;
  std::stable_sort(order.begin(), order.end(), [&](const std::string& a, const std::string& b) {
    return instances_in[a] < instances_in[b];
  });
  order.resize(std::min<std::size_t>(order.size(), parameters.zones_per_version));
  version.preferred_zones = {order.begin(), order.end()};
}

void Fleet::State::apply_bounds(Version& version, ScalingBounds scaling) {
  version.config.scaling = scaling;
  if (scaling.min_environments == 0) {
    if (version.phase != Phase::deactivated) version.phase = Phase::deactivating;
    version.retries.clear();
    version.scaler = {};
  } else if (version.phase != Phase::active && version.phase != Phase::starting) {
    version.phase = Phase::starting;
  }
}

void Fleet::State::apply_schedules() {
  for (auto& [id, version] : versions) {
    if (version.phase == Phase::removing) continue;
    std::vector<ScheduledScaling>& schedule = version.schedule;
    for (auto next = std::min_element(schedule.begin(), schedule.end(),
                                      [](const auto&a, const auto&b) { return a.at < b.at; });
         next != schedule.end() && next->at <= now;
         next = std::min_element(schedule.begin(), schedule.end(),
                                 [](const auto&a, const auto&b) { return a.at < b.at; })) {
      apply_bounds(version, next->scaling);
      if (next->every > Time{0}) {
        next->at += next->every * ((now - next->at) / next->every + 1);  // missed ones count once
      } else {
        schedule.erase(next);
      }
    }
  }
}

void Fleet::State::settle(Version& version, Decisions& out) {
  const VersionId id = version.config.id;
  if (version.phase == Phase::starting && version.ready >= version.config.scaling.min_environments) {
    version.phase = Phase::active;
    out.emplace_back(VersionActive{id});
  } else if (version.phase == Phase::deactivating) {
    refuse_queue(version, out);
    if (!version.environments.empty()) return;
    version.phase = Phase::deactivated;
    out.emplace_back(VersionDeactivated{id});
  }
}

void Fleet::State::forget_removed_versions(Decisions& out) {
  for (auto next = versions.begin(); next != versions.end();) {
    const auto entry = next++;
    if (entry->second.phase != Phase::removing || !entry->second.environments.empty()) continue;
    out.emplace_back(VersionRemoved{entry->first});
    const auto provider = providers.find(entry->second.config.provider);
    versions.erase(entry);
    if (provider != providers.end()) find_smallest(provider->second);
  }
}

void Fleet::State::shrink(Version& version, Decisions& out) {
  const unsigned desired = desired_environments(version);
  if (desired == 0 && !version.leaving.empty()) {
    const std::set<EnvironmentId> leaving = version.leaving;  // stopping erases from it
    for (const EnvironmentId id : leaving) stop_environment(id, out);
  }
  if (version.live <= desired) return;
  for (const EnvironmentId id : choose_victims(version, version.live - desired)) stop_environment(id, out);
}

/// Always from the fullest zone, so that zones stay level. There, what never started before what works, what
/// is idle before what is busy, what has its instance almost to itself (so that instances empty), the newest.
std::vector<EnvironmentId> Fleet::State::choose_victims(const Version& version, std::size_t count) const {
  using Rank = std::tuple<EnvironmentState, bool, std::size_t, unsigned, std::uint64_t>;
  std::map<std::string_view, std::vector<std::pair<Rank, EnvironmentId>>> by_zone;
  for (const EnvironmentId id : version.environments) {
    const Environment& environment = environments.at(id);
    if (environment.state == EnvironmentState::draining || environment.leaving) continue;
    const Instance& host = instances.at(environment.instance);
    const unsigned calls = environment.seat ? version.router.in_use(*environment.seat) : 0;
    const Rank rank{environment.state, calls > 0, host.environments.size(), calls,
                    std::numeric_limits<std::uint64_t>::max() - static_cast<std::uint64_t>(id)};
    by_zone[host.zone].emplace_back(rank, id);
  }
  for (auto& [zone, ranked] : by_zone) std::sort(ranked.rbegin(), ranked.rend());  // the first to go is last

  std::vector<EnvironmentId> victims;
  while (victims.size() < count) {
    auto& fullest = std::max_element(by_zone.begin(), by_zone.end(), [](const auto& a, const auto& b) {
                      // Of equally full zones the one whose next victim matters less.
                      if (a.second.size() != b.second.size()) return a.second.size() < b.second.size();
                      return !a.second.empty() && a.second.back() > b.second.back();
                    })->second;
    victims.push_back(fullest.back().second);
    fullest.pop_back();
  }
  return victims;
}

void Fleet::State::grow(Provider& provider, Version& version, Decisions& out) {
  if (version.live >= desired_environments(version)) {
    version.retries.clear();
    return;
  }
  const std::vector<unsigned> attempts = starts_due(version);
  if (attempts.empty() || version.no_room_since == provider.room_epoch) return;

  Plan best = plan(provider, version, attempts.size(), false);
  if (best.spots.size() < attempts.size()) {
    // Idle instances of the wrong size or zone may be all that stands between it and the cap.
    Plan replacing = plan(provider, version, attempts.size(), true);
    if (replacing.spots.size() > best.spots.size()) {
      terminate_idle(provider, true, out);
      best = std::move(replacing);
    }
  }
  if (best.spots.size() < attempts.size()) {
    if (version.phase == Phase::starting) {
      fail(version, why_no_room(provider, version), out);
      return;
    }
    version.no_room_since = provider.room_epoch;
  }
  carry_out(provider, version, best, attempts, out);
}

/// The attempt numbers of the environments to start now: first the retries that are due, which are then first
/// in `retries` too. Retries for which nothing is missing any more go.
std::vector<unsigned> Fleet::State::starts_due(Version& version) const {
  const std::size_t missing = desired_environments(version) - version.live;
  std::stable_sort(version.retries.begin(), version.retries.end(),
                   [](const Retry& a, const Retry& b) { return a.due < b.due; });
  if (version.retries.size() > missing) version.retries.resize(missing);

  std::vector<unsigned> attempts;
  for (Retry& retry : version.retries) {
    retry.tried = retry.due <= now;
    if (retry.tried) attempts.push_back(retry.attempt);
  }
  attempts.resize(attempts.size() + missing - version.retries.size(), 0);
  return attempts;
}

unsigned Fleet::State::free_vcpus(const Provider& provider, bool without_idle) const {
  const std::uint64_t used = provider.sums.vcpus - (without_idle ? provider.sums.idle_vcpus : 0);
  const bool first_burst = provider.sums.launched == 0;
  const std::uint64_t overshoot = first_burst ? parameters.first_burst_overshoot_percent : 0;
  const std::uint64_t limit = std::uint64_t{provider.config.max_vcpus} * (100 + overshoot) / 100;
  return limit > used ? static_cast<unsigned>(limit - used) : 0;
}

Plan Fleet::State::plan(const Provider& provider, const Version& version, std::size_t count,
                        bool without_idle) const {
  PlanRequest request{.environment = version.size,
                      .count = static_cast<unsigned>(count),
                      .zones = {},
                      .instances = {},
                      .types = provider.types,
                      .free_vcpus = free_vcpus(provider, without_idle)};
  for (const std::string& zone : provider.zones) {
    const auto live = version.live_in_zone.find(zone);
    const unsigned in_zone = live == version.live_in_zone.end() ? 0 : live->second;
    request.zones.push_back({zone, in_zone, version.preferred_zones.count(zone) > 0});
  }
  for (const InstanceId id : provider.sums.with_room) {
    const Instance& instance = instances.at(id);
    if (without_idle && instance.environments.empty()) continue;
    if (!instance.free.holds(version.size)) continue;
    request.instances.push_back({id, instance.zone, instance.free});
  }
  return plan_environments(std::move(request), parameters);
}

void Fleet::State::carry_out(Provider& provider, Version& version, const Plan& plan,
                             const std::vector<unsigned>& attempts, Decisions& out) {
  std::vector<InstanceId> launched;
  for (const Plan::Launch& launch : plan.launches) launched.push_back(launch_instance(provider, launch, out));

  const auto retried = std::count_if(version.retries.begin(), version.retries.end(),
                                     [](const Retry& retry) { return retry.tried; });
  const auto served = std::min(retried, static_cast<std::ptrdiff_t>(plan.spots.size()));
  version.retries.erase(version.retries.begin(), version.retries.begin() + served);
  for (std::size_t i = 0; i < plan.spots.size(); ++i) {
    const auto* existing = std::get_if<InstanceId>(&plan.spots[i]);
    const InstanceId host = existing ? *existing : launched.at(std::get<std::size_t>(plan.spots[i]));
    add_environment(version, instances.at(host), attempts[i], out);
  }
}

VersionFailure Fleet::State::why_no_room(const Provider& provider, const Version& version) const {
  const auto any = std::numeric_limits<unsigned>::max();
  if (choose_type(provider.types, version.size, any, parameters) == nullptr) {
    return {"InsufficientCapacity",
            "No instance type that capacity provider '" + provider.config.name +
                "' allows is large enough for one execution environment of this function version."};
  }
  return {"CapacityProviderScalingLimitExceeded",
          "The minimum number of execution environments can't be provisioned because capacity provider '" +
              provider.config.name + "' has reached its maxVCpuCount of " +
              std::to_string(provider.config.max_vcpus) + "."};
}

void Fleet::State::terminate_idle(Provider& provider, bool at_once, Decisions& out) {
  std::vector<InstanceId> ended;
  if (at_once) {
    ended.assign(provider.instances.begin(), provider.instances.end());
  } else {
    for (auto next = instance_dates.begin(); next != instance_dates.end() && next->first <= now; ++next) {
      ended.push_back(next->second);
    }
  }
  for (const InstanceId id : ended) {
    const Instance& instance = instances.at(id);
    if (instance.provider != provider.config.name || !instance.environments.empty()) continue;
    const bool drained = instance.state == InstanceState::draining;
    const TerminationReason reason = provider.leaving ? TerminationReason::provider_removed
                                     : drained        ? instance.drained_for
                                                      : TerminationReason::idle;
    terminate_instance(id, reason, out);
  }
}

void Fleet::State::plan_dates(Provider& provider) {
  bool active = false;
  for_versions_of(provider.config.name,
                  [&](const Version& version) { active |= version.phase == Phase::active; });
  if (!active) {
    provider.next_scaling.reset();
    provider.next_tidying.reset();
    return;
  }
  if (!provider.next_scaling) provider.next_scaling = now + parameters.scaling_interval;
  if (!provider.next_tidying && parameters.consolidation_interval > Time{0}) {
    provider.next_tidying = now + parameters.consolidation_interval;
  }
}

}  // namespace lmi::emulator::fleet
