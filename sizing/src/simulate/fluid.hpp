#pragma once

#include "simulate/exact.hpp"

#include <string>

namespace lmi::sizing::simulate {

/// Follows mean values in steps of a second, whatever the rate of calls; the fleet decides as ever. Latencies
/// are samples. How far it is off: docs/simulate.md, "Fluid mode", and tests/unit/sizing/fluid_test.cpp.
Checked<Outcome> simulate_fluid(const Scenario& scenario, const fleet::Catalogue& catalogue,
                                const OnProgress& on_progress);

/// Why this scenario cannot be simulated so; empty: it can.
std::string fluid_obstacle(const Scenario& scenario);

}  // namespace lmi::sizing::simulate
