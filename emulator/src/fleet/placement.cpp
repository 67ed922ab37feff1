#include "fleet/placement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <tuple>

namespace lmi::emulator::fleet {
namespace {

constexpr std::uint64_t milli = 1000;

/// A place environments can go while a plan is made: what is there, and what the plan launches.
struct Candidate {
  Plan::Spot spot;
  std::string zone;
  Resources free;
};

Candidate* fullest_that_holds(std::vector<Candidate>& candidates, const std::string& zone,
                              Resources environment) {
  Candidate* best = nullptr;
  for (Candidate& candidate : candidates) {
    if (candidate.zone != zone || !candidate.free.holds(environment)) continue;
    // Strictly less: of equals the first, which is the oldest.
    if (best == nullptr || candidate.free.millivcpus < best->free.millivcpus) best = &candidate;
  }
  return best;
}

std::vector<ZoneLoad*> by_load(std::vector<ZoneLoad>& zones) {
  std::vector<ZoneLoad*> order;
  for (ZoneLoad& zone : zones) order.push_back(&zone);
  std::stable_sort(order.begin(), order.end(), [](const ZoneLoad* a, const ZoneLoad* b) {
    return std::tuple{!a->preferred, a->environments} < std::tuple{!b->preferred, b->environments};
  });
  return order;
}

class Planner {
 public:
  Planner(PlanRequest request, const Parameters& parameters)
      : request_{std::move(request)}, parameters_{parameters} {
    for (const InstanceRoom& room : request_.instances) {
      candidates_.push_back({room.id, room.zone, room.free});
    }
  }

  Plan run() && {
    while (plan_.spots.size() < request_.count && place_one()) {
    }
    return std::move(plan_);
  }

 private:
  bool place_one() {
    for (ZoneLoad* zone : by_load(request_.zones)) {
      Candidate* place = fullest_that_holds(candidates_, zone->zone, request_.environment);
      if (place == nullptr) place = launch(zone->zone);
      if (place == nullptr) continue;
      place->free -= request_.environment;
      ++zone->environments;
      plan_.spots.push_back(place->spot);
      return true;
    }
    return false;
  }

  Candidate* launch(const std::string& zone) {
    const InstanceType* type =
        choose_type(request_.types, request_.environment, request_.free_vcpus, parameters_);
    if (type == nullptr) return nullptr;
    request_.free_vcpus -= type->vcpus;
    plan_.launches.push_back({type, zone});
    candidates_.push_back({plan_.launches.size() - 1, zone, usable(*type, parameters_)});
    return &candidates_.back();
  }

  PlanRequest request_;
  const Parameters& parameters_;
  std::vector<Candidate> candidates_;
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
