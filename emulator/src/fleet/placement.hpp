#pragma once

#include "fleet/catalogue.hpp"
#include "fleet/ids.hpp"
#include "fleet/parameters.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace lmi::emulator::fleet {

/// vCPUs in thousandths and memory in MiB: whole numbers, so that sums do not depend on their order.
struct Resources {
  std::uint64_t millivcpus = 0;
  std::uint64_t memory_mb = 0;

  bool holds(Resources other) const noexcept {
    return other.millivcpus <= millivcpus && other.memory_mb <= memory_mb;
  }
  Resources& operator+=(Resources other) noexcept {
    millivcpus += other.millivcpus;
    memory_mb += other.memory_mb;
    return *this;
  }
  /// Precondition: holds(other).
  Resources& operator-=(Resources other) noexcept {
    millivcpus -= other.millivcpus;
    memory_mb -= other.memory_mb;
    return *this;
  }
  friend bool operator==(Resources, Resources) = default;
};

/// What one environment takes: vCPUs = memory / ratio, at least one (lmi-behaviour.md §4.1).
Resources environment_size(unsigned memory_mb, double gib_per_vcpu);

/// What environments may use of an instance; zero when the reserve takes all.
Resources usable(const InstanceType& type, const Parameters& parameters);

/// min(floor((vCPU − 1) / vCPU of one), floor((GB − 1) × 1024 / MB of one)): lmi-behaviour.md §1.4.
std::uint64_t environments_per_instance(const InstanceType& type, Resources environment,
                                        const Parameters& parameters);

/// The type to launch for `environment`: of those that hold at least one and have at most `vcpu_limit`
/// vCPUs, the smallest of the usual sizes, and among equals the cheapest per environment it holds.
/// nullptr when none does. `types` are eligible_types().
const InstanceType* choose_type(std::span<const InstanceType> types, Resources environment,
                                unsigned vcpu_limit, const Parameters& parameters);

/// A zone a version may use and how many of its environments are there.
struct ZoneLoad {
  std::string zone;
  unsigned environments = 0;
  bool preferred = true;  ///< Others are used only when no preferred one has room.
};

/// An instance of the provider and what is free on it.
struct InstanceRoom {
  InstanceId id{};
  std::string zone;
  Resources free;
};

struct PlanRequest {
  Resources environment;
  unsigned count = 0;
  std::vector<ZoneLoad> zones;  ///< In the provider's order, which breaks ties.
  std::vector<InstanceRoom> instances;
  std::span<const InstanceType> types;  ///< eligible_types()
  unsigned free_vcpus = 0;              ///< Left under the provider's cap.
};

/// Where environments go. `spots` has as many as fit, in order; fewer than asked for: there is no room.
struct Plan {
  struct Launch {
    const InstanceType* type;
    std::string zone;
  };
  /// An instance there is, or an index into `launches`.
  using Spot = std::variant<InstanceId, std::size_t>;

  std::vector<Launch> launches;
  std::vector<Spot> spots;
};

/// Each environment goes to the zone with the fewest of its version (of equals, one that has room already):
/// there on the fullest instance that still holds it (so that others empty and can be given back), else on a
/// new one; else to the next zone. n environments on m instances cost O((m + n) log (m + n)), launches apart.
Plan plan_environments(PlanRequest request, const Parameters& parameters);

}  // namespace lmi::emulator::fleet
