#pragma once

#include "fleet/decisions.hpp"
#include "simulate/closed_network.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace lmi::sizing::simulate {

/// Environments that are alike: on instances with the same usable vCPUs and as many environments. The router
/// keeps them equally full.
struct EnvironmentGroup {
  double usable_vcpus = 0;    ///< Of the instance.
  unsigned per_instance = 0;  ///< Environments on it.
  double environments = 0;
  double level = 0;  ///< Calls each one holds, mean.
  std::optional<lmi::emulator::fleet::ThrottleReason> blocked{};
  double cpu_area = 0;  ///< vCPUs used by each × seconds, since the last report.
};

/// What became of the calls of one step.
struct StepResult {
  double accepted = 0;
  double refused = 0;
  lmi::emulator::fleet::ThrottleReason reason = lmi::emulator::fleet::ThrottleReason::concurrency;
};

/// How full the environments are, as mean values: calls flow in to the least full ones up to their slots, and
/// out as fast as a ClosedNetwork of that level ends them.
class FluidLevels {
 public:
  /// `pack`: the router fills environments one after the other.
  FluidLevels(const ClosedNetwork& network, bool pack) : network_{network}, pack_{pack} {}

  std::size_t group_of(double usable_vcpus, unsigned per_instance);
  EnvironmentGroup& group(std::size_t index) { return groups_[index]; }
  std::vector<EnvironmentGroup>& groups() noexcept { return groups_; }

  void enter(std::size_t group, double level);
  /// Takes one environment out; the calls it holds.
  double leave(std::size_t group);

  /// `calls` arrive, evenly over the next `seconds` (0: at one moment).
  StepResult step(double calls, double seconds);

  double throughput(double level) const;
  double in_flight() const;

 private:
  /// The level an environment falls to when it gets no calls.
  double drained(double level, double seconds) const;
  double accepted(double to, double seconds) const;
  double chance_of_no_slot(double rate) const;

  const ClosedNetwork& network_;
  bool pack_;
  std::vector<EnvironmentGroup> groups_;
  std::vector<double> drained_;  // by group, of the step being made
  std::map<std::pair<double, unsigned>, std::size_t> index_;
};

}  // namespace lmi::sizing::simulate
