#include "fleet/state.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace lmi::emulator::fleet {

// Nothing is ever replaced by taking it away first: what is to go leaves (serves on, but counts no more), so
// that reconcile() starts another, and stops when that one is ready; or, when there is no room for another,
// when its patience ends.

void Fleet::State::rotate_due_instances(Decisions& out) {
  std::vector<InstanceId> due;
  for (auto next = instance_dates.begin(); next != instance_dates.end() && next->first <= now; ++next) {
    due.push_back(next->second);
  }
  for (const InstanceId id : due) {
    Instance& instance = instances.at(id);
    if (!instance.environments.empty()) rotate(instance, out);  // the empty ones are reconcile()'s
  }
}

void Fleet::State::rotate(Instance& instance, Decisions& out) {
  const Provider& provider = providers.find(instance.provider)->second;
  // A version that has not come up yet would be given up if its environments found no room twice.
  const bool starting = std::any_of(
      instance.environments.begin(), instance.environments.end(),
      [&](EnvironmentId id) { return versions.at(environments.at(id).version).phase == Phase::starting; });
  const std::size_t batch = share(provider.instances.size(), parameters.rotation_batch_percent);
  if (starting || provider.sums.draining >= batch) {
    instance.retire_at = now + parameters.rotation_spacing;
    set_due(instance, instance.retire_at);
    return;
  }
  drain(instance, TerminationReason::rotated, out);
}

void Fleet::State::drain(Instance& instance, TerminationReason reason, Decisions& out) {
  count(instance, false);
  instance.state = InstanceState::draining;
  instance.drained_for = reason;
  count(instance, true);
  instance.retire_at = Time::max();
  set_due(instance, std::nullopt);
  ++providers.find(instance.provider)->second.room_epoch;
  const std::set<EnvironmentId> all = instance.environments;  // stopping one may erase it
  for (const EnvironmentId id : all) {
    Environment& environment = environments.at(id);
    if (environment.leaving) continue;
    if (environment.state == EnvironmentState::ready) {
      make_leave(environment);
    } else {
      stop_environment(id, out);
    }
  }
}

void Fleet::State::rotate_due_environments(Decisions& out) {
  std::vector<EnvironmentId> due;
  for (auto next = environment_dates.begin(); next != environment_dates.end() && next->first <= now; ++next) {
    due.push_back(next->second);
  }
  for (const EnvironmentId id : due) rotate(environments.at(id), out);
}

void Fleet::State::rotate(Environment& environment, Decisions& out) {
  const Version& version = versions.at(environment.version);
  if (environment.leaving) {
    if (version.live < desired_environments(version)) {
      stop_environment(environment.id, out);  // its replacement found no room: this makes some
    } else {
      set_due(environment, now + parameters.rotation_spacing);  // its replacement is still starting
    }
    return;
  }
  const std::size_t batch = share(version.live + version.leaving.size(), parameters.rotation_batch_percent);
  if (version.phase != Phase::active || version.leaving.size() >= batch) {
    set_due(environment, now + parameters.rotation_spacing);
    return;
  }
  make_leave(environment);
}

void Fleet::State::finish_leaving(Version& version, Decisions& out) {
  const std::size_t desired = desired_environments(version);
  const std::size_t staying = version.ready - version.leaving.size();
  const std::size_t kept = desired > staying ? desired - staying : 0;
  while (version.leaving.size() > kept) stop_environment(*version.leaving.begin(), out);
}

void Fleet::State::tidy(Provider& provider, Decisions& out) {
  bool settled = provider.sums.draining == 0;
  for_versions_of(provider.config.name, [&](const Version& version) { settled &= is_settled(version); });
  if (!settled) return;
  bool moved = false;
  for_versions_of(provider.config.name, [&](Version& version) { moved |= level_zones(version); });
  if (!moved) consolidate(provider, out);
}

bool Fleet::State::is_settled(const Version& version) const {
  return version.leaving.empty() && version.retries.empty() && version.live == version.ready &&
         version.live == desired_environments(version);
}

/// Moves one environment out of a zone that has two more than another, if there is room where it belongs.
bool Fleet::State::level_zones(Version& version) {
  if (version.phase != Phase::active) return false;
  const Provider& provider = providers.find(version.config.provider)->second;
  const std::map<std::string, unsigned>& in_zone = version.live_in_zone;
  const auto live_in = [&](const std::string& zone) {
    const auto found = in_zone.find(zone);
    return found == in_zone.end() ? 0U : found->second;
  };
  unsigned fewest = std::numeric_limits<unsigned>::max();
  for (const std::string& zone : version.preferred_zones) fewest = std::min(fewest, live_in(zone));
  const auto fullest = std::max_element(in_zone.begin(), in_zone.end(),
                                        [](const auto& a, const auto& b) { return a.second < b.second; });
  if (fullest == in_zone.end() || fullest->second < fewest + 2) return false;

  const Plan one = plan(provider, version, 1, false);
  if (one.spots.empty()) return false;
  const auto* existing = std::get_if<InstanceId>(&one.spots.front());
  const std::string& target = existing ? instances.at(*existing).zone : one.launches.front().zone;
  if (live_in(target) + 2 > fullest->second) return false;

  const auto moved =
      std::find_if(version.environments.begin(), version.environments.end(), [&](EnvironmentId id) {
        const Environment& environment = environments.at(id);
        return environment.state == EnvironmentState::ready &&
               instances.at(environment.instance).zone == fullest->first;
      });
  if (moved == version.environments.end()) return false;
  make_leave(environments.at(*moved));
  return true;
}

/// Empties the least used instance of the first zone in which the others have room for what is on it.
void Fleet::State::consolidate(Provider& provider, Decisions& out) {
  for (const std::string& zone : provider.zones) {
    Instance* emptiest = nullptr;
    for (const InstanceId id : provider.instances) {
      Instance& instance = instances.at(id);
      if (instance.zone != zone || instance.state != InstanceState::running ||
          instance.environments.empty()) {
        continue;
      }
      const auto used = [](const Instance& i) { return i.usable.millivcpus - i.free.millivcpus; };
      if (emptiest == nullptr || used(instance) < used(*emptiest)) emptiest = &instance;
    }
    if (emptiest == nullptr || !fits_elsewhere(provider, *emptiest)) continue;
    drain(*emptiest, TerminationReason::consolidated, out);
    return;
  }
}

bool Fleet::State::fits_elsewhere(const Provider& provider, const Instance& instance) const {
  std::vector<Resources> rooms;
  for (const InstanceId id : provider.instances) {
    const Instance& other = instances.at(id);
    if (id == instance.id || other.zone != instance.zone || other.state != InstanceState::running) continue;
    if (!other.environments.empty()) rooms.push_back(other.free);
  }
  return std::all_of(instance.environments.begin(), instance.environments.end(), [&](EnvironmentId id) {
    const Resources size = versions.at(environments.at(id).version).size;
    const auto room =
        std::find_if(rooms.begin(), rooms.end(), [&](Resources free) { return free.holds(size); });
    if (room == rooms.end()) return false;
    *room -= size;
    return true;
  });
}

}  // namespace lmi::emulator::fleet
