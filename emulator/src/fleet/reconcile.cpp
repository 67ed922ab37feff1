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
  // Shrinking first: what one version gives back another may need.
  for (auto& [id, version] : versions) {
    if (version.config.provider == provider_name) shrink(version, out);
  }
  for (auto& [id, version] : versions) {
    if (version.config.provider != provider_name) continue;
    grow(found->second, version, out);
    settle(version, out);
  }
  forget_removed_versions(out);

  const bool orphaned =
      found->second.leaving && std::none_of(versions.begin(), versions.end(), [&](const auto& entry) {
        return entry.second.config.provider == provider_name;
      });
  terminate_idle(provider_name, orphaned, out);
  if (orphaned) providers.erase(found);
}

void Fleet::State::choose_zones(const Provider& provider, Version& version) const {
  std::map<std::string, unsigned> instances_in;  // owns its keys: sorting moves the strings it is asked for
  for (const auto& [id, instance] : instances) {
    if (instance.provider == provider.config.name) ++instances_in[instance.zone];
  }
  std::vector<std::string> order = provider.zones;
  std::stable_sort(order.begin(), order.end(), [&](const std::string& a, const std::string& b) {
    return instances_in[a] < instances_in[b];
  });
  order.resize(std::min<std::size_t>(order.size(), parameters.zones_per_version));
  version.preferred_zones = {order.begin(), order.end()};
}

void Fleet::State::settle(Version& version, Decisions& out) {
  const VersionId id = version.config.id;
  if (version.phase == Phase::starting && version.ready >= version.config.scaling.min_environments) {
    version.phase = Phase::active;
    out.emplace_back(VersionActive{id});
  } else if (version.phase == Phase::deactivating && version.environments.empty()) {
    version.phase = Phase::deactivated;
    out.emplace_back(VersionDeactivated{id});
  }
}

void Fleet::State::forget_removed_versions(Decisions& out) {
  for (auto next = versions.begin(); next != versions.end();) {
    const auto entry = next++;
    if (entry->second.phase != Phase::removing || !entry->second.environments.empty()) continue;
    out.emplace_back(VersionRemoved{entry->first});
    versions.erase(entry);
  }
}

void Fleet::State::shrink(Version& version, Decisions& out) {
  const unsigned desired = desired_environments(version);
  while (version.live > desired) stop_environment(choose_victim(version), out);
}

/// From the fullest zone, so that zones stay level: what never started before what works, what is idle before
/// what is busy, the newest first.
EnvironmentId Fleet::State::choose_victim(const Version& version) const {
  std::map<std::string_view, unsigned> in_zone;
  for (const EnvironmentId id : version.environments) {
    const Environment& environment = environments.at(id);
    if (environment.state != EnvironmentState::draining) ++in_zone[instances.at(environment.instance).zone];
  }
  const auto rank = [&](EnvironmentId id) {
    const Environment& environment = environments.at(id);
    const unsigned crowd = in_zone.at(instances.at(environment.instance).zone);
    return std::tuple{std::numeric_limits<unsigned>::max() - crowd, environment.state,
                      version.router.in_use(id),
                      std::numeric_limits<std::uint64_t>::max() - static_cast<std::uint64_t>(id)};
  };
  std::vector<EnvironmentId> candidates;
  std::copy_if(version.environments.begin(), version.environments.end(), std::back_inserter(candidates),
               [&](EnvironmentId id) { return environments.at(id).state != EnvironmentState::draining; });
  return *std::min_element(candidates.begin(), candidates.end(),
                           [&](EnvironmentId a, EnvironmentId b) { return rank(a) < rank(b); });
}

void Fleet::State::grow(const Provider& provider, Version& version, Decisions& out) {
  const std::vector<unsigned> attempts = starts_due(version);
  if (attempts.empty()) return;

  Plan best = plan(provider, version, attempts.size(), false);
  if (best.spots.size() < attempts.size()) {
    // Idle instances of the wrong size or zone may be all that stands between it and the cap.
    Plan replacing = plan(provider, version, attempts.size(), true);
    if (replacing.spots.size() > best.spots.size()) {
      terminate_idle(provider.config.name, true, out);
      best = std::move(replacing);
    }
  }
  if (best.spots.size() < attempts.size() && version.phase == Phase::starting) {
    fail(version, why_no_room(provider, version), out);
    return;
  }
  carry_out(provider, version, best, attempts, out);
}

/// The attempt numbers of the environments to start now. Retries for which nothing is missing any more go.
std::vector<unsigned> Fleet::State::starts_due(Version& version) const {
  const unsigned desired = desired_environments(version);
  const std::size_t missing = desired > version.live ? desired - version.live : 0;
  std::stable_sort(version.retries.begin(), version.retries.end(),
                   [](const Retry& a, const Retry& b) { return a.due < b.due; });
  if (version.retries.size() > missing) version.retries.resize(missing);

  std::vector<unsigned> attempts(missing - version.retries.size(), 0);
  for (Retry& retry : version.retries) {
    retry.tried = retry.due <= now;
    if (retry.tried) attempts.push_back(retry.attempt);
  }
  return attempts;
}

Plan Fleet::State::plan(const Provider& provider, const Version& version, std::size_t count,
                        bool without_idle) const {
  PlanRequest request{.environment = version.size,
                      .count = static_cast<unsigned>(count),
                      .zones = {},
                      .instances = {},
                      .types = provider.types,
                      .free_vcpus = 0};
  std::map<std::string_view, unsigned> in_zone;
  for (const EnvironmentId id : version.environments) {
    const Environment& environment = environments.at(id);
    if (environment.state != EnvironmentState::draining) ++in_zone[instances.at(environment.instance).zone];
  }
  for (const std::string& zone : provider.zones) {
    request.zones.push_back({zone, in_zone[zone], version.preferred_zones.count(zone) > 0});
  }
  unsigned used = 0;
  for (const auto& [id, instance] : instances) {
    if (instance.provider != provider.config.name) continue;
    if (without_idle && instance.environments.empty()) continue;
    used += instance.vcpus;
    request.instances.push_back({id, instance.zone, instance.free});
  }
  request.free_vcpus = provider.config.max_vcpus > used ? provider.config.max_vcpus - used : 0;
  return plan_environments(std::move(request), parameters);
}

void Fleet::State::carry_out(const Provider& provider, Version& version, const Plan& plan,
                             const std::vector<unsigned>& attempts, Decisions& out) {
  std::vector<InstanceId> launched;
  for (const Plan::Launch& launch : plan.launches) {
    launched.push_back(launch_instance(provider.config.name, launch, out));
  }
  for (std::size_t i = 0; i < plan.spots.size(); ++i) {
    const auto* existing = std::get_if<InstanceId>(&plan.spots[i]);
    const InstanceId instance = existing ? *existing : launched.at(std::get<std::size_t>(plan.spots[i]));
    if (attempts[i] > 0) {
      const auto retry = std::find_if(version.retries.begin(), version.retries.end(), [&](const Retry& r) {
        return r.due <= now && r.attempt == attempts[i];
      });
      version.retries.erase(retry);
    }
    add_environment(version, instance, attempts[i], out);
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

void Fleet::State::terminate_idle(std::string_view provider, bool at_once, Decisions& out) {
  const auto waiting = idle;  // terminating erases from it
  for (const auto& [due, instance] : waiting) {
    if (!at_once && due > now) break;
    if (instances.at(instance).provider == provider) terminate_instance(instance, out);
  }
}

}  // namespace lmi::emulator::fleet
