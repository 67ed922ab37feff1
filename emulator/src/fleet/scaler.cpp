#include "fleet/scaler.hpp"

#include <algorithm>

namespace lmi::emulator::fleet {
namespace {

constexpr std::uint64_t millipercent = 1000;
constexpr std::uint64_t all_of_it = 100 * millipercent;
constexpr std::uint64_t milli = 1000;

/// The API's limit for MaxExecutionEnvironments (control-plane.md §4, AWS documentation).
constexpr std::uint64_t most_environments = 15'000;

/// Calls in flight had none been refused: those refused are taken to last as long as those routed.
std::uint64_t demand_milli(const ScalingInputs& inputs) {
  if (inputs.recently_refused == 0) return inputs.recent_concurrency_milli;
  if (inputs.recently_routed == 0) {
    return inputs.recent_concurrency_milli + inputs.recently_refused * milli;
  }
  return inputs.recent_concurrency_milli +
         inputs.recent_concurrency_milli * inputs.recently_refused / inputs.recently_routed;
}

}  // namespace

std::uint64_t environments_for(std::uint64_t amount, std::uint64_t each, std::uint64_t target_millipercent) {
  const std::uint64_t kept = std::max<std::uint64_t>(1, each * target_millipercent / all_of_it);
  return (amount + kept - 1) / kept;
}

unsigned Scaler::decide(const ScalingInputs& inputs, const Parameters& parameters) {
  const std::uint64_t concurrency_target = parameters.concurrency_target_percent * millipercent;
  const std::uint64_t slots_milli = inputs.slots_each * milli;
  const auto policy = parameters.scaling_policy;

  std::uint64_t need =
      environments_for(inputs.cpu_milli, inputs.millivcpus_each, inputs.cpu_target_millipercent);
  if (policy != ScalingPolicy::cpu) {
    need = std::max(need, environments_for(inputs.concurrency_milli, slots_milli, concurrency_target));
  }
  bool panic = false;
  if (policy == ScalingPolicy::maximum_over_drivers || policy == ScalingPolicy::panic_window) {
    const std::uint64_t recent = environments_for(demand_milli(inputs), slots_milli, concurrency_target);
    need = std::max(need, recent);
    panic = policy == ScalingPolicy::panic_window && panics(inputs, recent, parameters);
  }
  need = std::min<std::uint64_t>(need, inputs.max_environments.value_or(most_environments));

  environments_.insert(inputs.environments, inputs.now, parameters.growth_window);
  const std::uint64_t allowed = panic ? need : std::min(need, growth_limit(inputs, parameters));
  needs_.insert(need, inputs.now, parameters.scale_in_window);

  if (allowed > wanted_) {
    wanted_ = static_cast<unsigned>(allowed);
    last_step_ = inputs.now;
  } else if (!panic && needs_.get() < wanted_) {
    step_down(inputs.now, static_cast<unsigned>(needs_.get()), parameters);
  }
  return wanted_;
}

std::uint64_t Scaler::growth_limit(const ScalingInputs& inputs, const Parameters& parameters) const {
  const std::uint64_t base = environments_.get();
  const std::uint64_t grown = base + std::max<std::uint64_t>(1, base * parameters.growth_percent / 100);
  // What is there already is no growth.
  return std::max<std::uint64_t>(grown, inputs.environments);
}

/// Whether demand runs away now or did within the signal window.
bool Scaler::panics(const ScalingInputs& inputs, std::uint64_t recent_need, const Parameters& parameters) {
  if (recent_need * 100 >= std::uint64_t{std::max(1U, inputs.ready)} * parameters.panic_threshold_percent) {
    panic_until_ = inputs.now + parameters.signal_window;
  }
  return panic_until_ && inputs.now < *panic_until_;
}

void Scaler::step_down(Time now, unsigned floor, const Parameters& parameters) {
  if (now - last_step_ < parameters.scale_in_interval) return;
  const auto step =
      std::max(1U, static_cast<unsigned>(std::uint64_t{wanted_} * parameters.scale_in_step_percent / 100));
  wanted_ = std::max(floor, wanted_ - std::min(step, wanted_));
  last_step_ = now;
}

}  // namespace lmi::emulator::fleet
