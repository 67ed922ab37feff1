#include "simulate/simulate.hpp"

#include "fleet/catalogue.hpp"
#include "simulate/fluid.hpp"

#include <cmath>
#include <sstream>

namespace lmi::sizing::simulate {
namespace {

/// So many calls take the exact core about ten seconds.
constexpr double exact_up_to_calls = 1e7;

constexpr const char* fluid_error =
    "mean values in steps of a second; expect the errors measured against the exact core in docs/simulate.md";

std::string calls_text(double calls) {
  std::ostringstream text;
  text << std::llround(calls) << " calls expected";
  return text.str();
}

}  // namespace

Checked<Outcome> simulate(const Scenario& scenario, const fleet::Catalogue& catalogue, ModeChoice choice,
                          const OnProgress& on_progress) {
  if (const auto& wanted = scenario.provider;
      fleet::eligible_types(catalogue, wanted.architecture, wanted.allowed_types, wanted.excluded_types)
          .empty()) {
    const char* member = !wanted.allowed_types.empty()    ? "provider.allowedInstanceTypes"
                         : !wanted.excluded_types.empty() ? "provider.excludedInstanceTypes"
                                                          : "provider.architecture";
    return BadInput{std::string{member} + ": expected to leave at least one type of " + wanted.architecture +
                    ", leaves none"};
  }
  double calls = 0;
  for (std::size_t i = 0; i < scenario.functions(); ++i) {
    calls += scenario.workload(i).arrivals.calls(Time{0}, scenario.duration);
  }
  const std::string obstacle = fluid_obstacle(scenario);
  const bool many = calls > exact_up_to_calls;
  const bool fluid =
      choice == ModeChoice::fluid || (choice == ModeChoice::automatic && many && obstacle.empty());

  auto outcome = fluid ? simulate_fluid(scenario, catalogue, on_progress)
                       : simulate_exactly(scenario, catalogue, on_progress);
  if (!outcome) return outcome;
  if (choice != ModeChoice::automatic) {
    outcome->mode_reason = std::string{"asked for"} + (fluid ? std::string{"; "} + fluid_error : "");
  } else if (fluid) {
    outcome->mode_reason = calls_text(calls) + "; " + fluid_error;
  } else if (many) {
    outcome->mode_reason = calls_text(calls) + ", yet not in fluid mode: " + obstacle;
  } else {
    outcome->mode_reason = calls_text(calls) + ": each one is followed";
  }
  return outcome;
}

}  // namespace lmi::sizing::simulate
