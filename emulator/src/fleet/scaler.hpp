#pragma once

#include "fleet/ids.hpp"
#include "fleet/parameters.hpp"
#include "fleet/signal.hpp"

#include <cstdint>
#include <optional>

namespace lmi::emulator::fleet {

/// What a scaler is told of its version at one moment. Measures are sums over the version's environments.
struct ScalingInputs {
  Time now{};
  unsigned environments = 0;  ///< There should be now, bounds applied.
  unsigned ready = 0;
  std::optional<unsigned> max_environments = std::nullopt;

  std::uint64_t millivcpus_each = 1000;
  unsigned slots_each = 1;
  std::uint64_t cpu_target_millipercent = 50'000;

  std::uint64_t cpu_milli = 0;                 ///< Thousandths of a vCPU, mean over the signal window.
  std::uint64_t concurrency_milli = 0;         ///< Thousandths of a call in flight, likewise.
  std::uint64_t recent_concurrency_milli = 0;  ///< Mean over the panic window.
  std::uint64_t recently_routed = 0;           ///< Calls since the last decision.
  std::uint64_t recently_refused = 0;
};

/// Decides how many environments the load of one version asks for (lmi-behaviour.md §2.2): each signal is
/// kept at its target, the largest need counts; up by doubling within a window, down slowly. The version's
/// minimum and maximum are applied to the result by who asks.
class Scaler {
 public:
  /// Takes the inputs into account and returns wanted().
  unsigned decide(const ScalingInputs& inputs, const Parameters& parameters);
  /// What the last decision was; 0 before the first.
  unsigned wanted() const noexcept { return wanted_; }

 private:
  std::uint64_t growth_limit(const ScalingInputs& inputs, const Parameters& parameters) const;
  bool panics(const ScalingInputs& inputs, std::uint64_t recent_need, const Parameters& parameters);
  void step_down(Time now, unsigned floor, const Parameters& parameters);

  unsigned wanted_ = 0;
  SlidingExtreme<> needs_;                    // over the scale-in window
  SlidingExtreme<std::less<>> environments_;  // over the growth window
  Time last_step_{};                          // up or down
  std::optional<Time> panic_until_;
};

/// How many environments keep `amount` at `target_millipercent` of what each one gives; rounded up.
std::uint64_t environments_for(std::uint64_t amount, std::uint64_t each, std::uint64_t target_millipercent);

}  // namespace lmi::emulator::fleet
