#include "fleet/placement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace lmi::emulator::fleet {
namespace {

constexpr std::uint64_t milli = 1000;

/// The places of one zone, the fullest first; of equals the oldest.
class ZoneRooms {
 public:
  /// `order` is the place's age: its index among all places.
  void put(std::size_t order, Resources free) { rooms_.emplace(free.millivcpus, order, free.memory_mb); }

  /// Takes out the fullest place that holds `environment`, with what was free there.
  std::optional<std::pair<std::size_t, Resources>> take(Resources environment) {
    const auto found =
        std::find_if(rooms_.lower_bound({environment.millivcpus, 0, 0}), rooms_.end(),
                     [&](const Room& room) { return std::get<2>(room) >= environment.memory_mb; });
    if (found == rooms_.end()) return std::nullopt;
    const auto [millivcpus, order, memory_mb] = *found;
    rooms_.erase(found);
    return std::pair{order, Resources{millivcpus, memory_mb}};
  }

 private:
  using Room = std::tuple<std::uint64_t, std::size_t, std::uint64_t>;  // vCPUs, order, memory
  std::set<Room> rooms_;
};

class Planner {
 public:
  Planner(PlanRequest request, const Parameters& parameters)
      : request_{std::move(request)}, parameters_{parameters} {
    for (const InstanceRoom& room : request_.instances) {
      rooms_[room.zone].put(places_.size(), room.free);
      places_.emplace_back(room.id);
    }
  }

  Plan run() && {
    while (plan_.spots.size() < request_.count && place_one()) {
    }
    return std::move(plan_);
  }

 private:
  using Zones = std::vector<ZoneLoad*>;

  bool place_one() {
    const Zones order = by_load();
    for (auto first = order.begin(); first != order.end();) {
      const auto last = std::find_if(first, order.end(), [&](const ZoneLoad* zone) {
        return zone->preferred != (*first)->preferred || zone->environments != (*first)->environments;
      });
      // Of equally loaded zones one with room comes before one that needs another instance.
      const auto place = [&](ZoneLoad* zone) { return use_room(*zone); };
      const auto grow = [&](ZoneLoad* zone) { return launch(zone->zone) && use_room(*zone); };
      if (std::any_of(first, last, place) || std::any_of(first, last, grow)) return true;
      first = last;
    }
    return false;
  }

  Zones by_load() {
    Zones order;
    for (ZoneLoad& zone : request_.zones) order.push_back(&zone);
    std::stable_sort(order.begin(), order.end(), [](const ZoneLoad* a, const ZoneLoad* b) {
      return std::tuple{!a->preferred, a->environments} < std::tuple{!b->preferred, b->environments};
    });
    return order;
  }

  bool use_room(ZoneLoad& zone) {
    ZoneRooms& rooms = rooms_[zone.zone];
    auto found = rooms.take(request_.environment);
    if (!found) return false;
    auto& [place, free] = *found;
    free -= request_.environment;
    rooms.put(place, free);
    ++zone.environments;
    plan_.spots.push_back(places_[place]);
    return true;
  }

  bool launch(const std::string& zone) {
    const InstanceType* type =
        choose_type(request_.types, request_.environment, request_.free_vcpus, parameters_);
    if (type == nullptr) return false;
    request_.free_vcpus -= type->vcpus;
    rooms_[zone].put(places_.size(), usable(*type, parameters_));
    places_.emplace_back(plan_.launches.size());
    plan_.launches.push_back({type, zone});
    return true;
  }

  PlanRequest request_;
  const Parameters& parameters_;
  std::vector<Plan::Spot> places_;  // all there are, those the plan launches last
  std::map<std::string, ZoneRooms> rooms_;
  Plan plan_;
};

}  // namespace

Resources environment_size(unsigned memory_mb, double gib_per_vcpu) {
  const double millivcpus = memory_mb / 1024.0 / gib_per_vcpu * static_cast<double>(milli);
  return {.millivcpus = std::max(milli, static_cast<std::uint64_t>(std::llround(millivcpus))),
          .memory_mb = memory_mb};
}

Resources usable(const InstanceType& type, const Parameters& parameters) {
  if (type.vcpus <= parameters.reserved_vcpus || type.memory_mb <= parameters.reserved_memory_mb) return {};
  return {.millivcpus = (type.vcpus - parameters.reserved_vcpus) * milli,
          .memory_mb = type.memory_mb - parameters.reserved_memory_mb};
}

std::uint64_t environments_per_instance(const InstanceType& type, Resources environment,
                                        const Parameters& parameters) {
  const Resources room = usable(type, parameters);
  return std::min(room.millivcpus / environment.millivcpus, room.memory_mb / environment.memory_mb);
}

const InstanceType* choose_type(std::span<const InstanceType> types, Resources environment,
                                unsigned vcpu_limit, const Parameters& parameters) {
  using Rank = std::tuple<bool, unsigned, double>;
  const InstanceType* best = nullptr;
  std::optional<Rank> best_rank;
  for (const InstanceType& type : types) {
    const auto held = environments_per_instance(type, environment, parameters);
    if (held == 0 || type.vcpus > vcpu_limit) continue;
    const double price = type.usd_per_hour.value_or(std::numeric_limits<double>::infinity());
    const Rank rank{type.vcpus < parameters.smallest_usual_vcpus, type.vcpus,
                    price / static_cast<double>(held)};
    if (best_rank && *best_rank <= rank) continue;
    best = &type;
    best_rank = rank;
  }
  return best;
}

Plan plan_environments(PlanRequest request, const Parameters& parameters) {
  return Planner{std::move(request), parameters}.run();
}

}  // namespace lmi::emulator::fleet
