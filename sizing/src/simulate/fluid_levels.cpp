#include "simulate/fluid_levels.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace lmi::sizing::simulate {
namespace {

using lmi::emulator::fleet::ThrottleReason;

/// Halvings after which a level is known to far less than a call.
constexpr int halvings = 40;

}  // namespace

std::size_t FluidLevels::group_of(double usable_vcpus, unsigned per_instance) {
  const auto [found, added] = index_.try_emplace({usable_vcpus, per_instance}, groups_.size());
  if (added) groups_.push_back({.usable_vcpus = usable_vcpus, .per_instance = per_instance});
  return found->second;
}

void FluidLevels::enter(std::size_t index, double level) {
  EnvironmentGroup& group = groups_[index];
  group.level = (group.level * group.environments + level) / (group.environments + 1);
  group.environments += 1;
}

double FluidLevels::leave(std::size_t index) {
  EnvironmentGroup& group = groups_[index];
  group.environments -= 1;
  return group.level;
}

double FluidLevels::throughput(double level) const {
  const double slots = network_.slots();
  return pack_ ? level / slots * network_.throughput(slots) : network_.throughput(level);
}

double FluidLevels::drained(double level, double seconds) const {
  if (seconds == 0 || level == 0) return level;
  double low = 0;
  double high = level;
  for (int i = 0; i < halvings; ++i) {
    const double middle = (low + high) / 2;
    (middle + seconds * throughput(middle) < level ? low : high) = middle;
  }
  return high;
}

/// Calls taken in a step that fills every open group up to `to`. The step is implicit (what flows out is what
/// the new level lets out), so it is stable however long it is.
double FluidLevels::accepted(double to, double seconds) const {
  double sum = 0;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const EnvironmentGroup& group = groups_[i];
    if (group.blocked || group.environments <= 0 || to <= drained_[i]) continue;
    sum += group.environments * (to - group.level + seconds * throughput(to));
  }
  return sum;
}

/// That an arrival finds no slot: of a birth-death process over all open environments' calls. Matters when
/// the mean leaves a few slots only.
double FluidLevels::chance_of_no_slot(double rate) const {
  constexpr double deviations = 8;
  constexpr double negligible = 1e-12;
  double environments = 0;
  for (const auto& group : groups_) environments += group.blocked ? 0 : group.environments;
  const double slots = std::floor(environments * network_.slots());
  if (slots < 1 || rate <= 0) return 0;
  double held = 0;
  for (const auto& group : groups_) held += group.blocked ? 0 : group.environments * group.level;
  if (held + deviations * std::sqrt(slots) + deviations < slots) return 0;
  // From the full state downwards, each weight relative to that of the full one.
  double sum = 1;
  double weight = 1;
  for (double calls = slots; calls >= 1; calls -= 1) {
    weight *= environments * throughput(calls / environments) / rate;
    sum += weight;
    if (weight < negligible * sum) break;
  }
  return 1 / sum;
}

StepResult FluidLevels::step(double calls, double seconds) {
  const double slots = network_.slots();
  drained_.resize(groups_.size());
  for (std::size_t i = 0; i < groups_.size(); ++i) drained_[i] = drained(groups_[i].level, seconds);

  StepResult result;
  double offered = calls;
  if (calls > 0 && seconds > 0) offered *= 1 - chance_of_no_slot(calls / seconds);
  result.accepted = std::min(offered, accepted(slots, seconds));
  result.refused = calls - result.accepted;

  double low = 0;
  double high = slots;
  if (result.accepted > 0) {
    for (int i = 0; i < halvings; ++i) {
      const double middle = (low + high) / 2;
      (accepted(middle, seconds) < result.accepted ? low : high) = middle;
    }
  } else {
    high = 0;
  }
  std::array<double, 4> blocked{};
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    EnvironmentGroup& group = groups_[i];
    group.level = group.blocked ? drained_[i] : std::max(drained_[i], high);
    group.cpu_area += seconds * network_.cpu_seconds() * throughput(group.level);
    if (group.blocked && group.level < slots) {
      blocked.at(static_cast<std::size_t>(*group.blocked)) += group.environments;
    }
  }
  // The router's rule: concurrency, unless somebody with a free slot turns calls away.
  result.reason =
      static_cast<ThrottleReason>(std::max_element(blocked.begin(), blocked.end()) - blocked.begin());
  return result;
}

double FluidLevels::in_flight() const {
  double sum = 0;
  for (const auto& group : groups_) sum += group.environments * group.level;
  return sum;
}

}  // namespace lmi::sizing::simulate
