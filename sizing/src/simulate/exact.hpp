#pragma once

#include "simulate/outcome.hpp"
#include "simulate/read_scenario.hpp"
#include "simulate/scenario.hpp"

#include <functional>

namespace lmi::sizing::simulate {

/// Told now and then how much of the run is done, from 0 to 1.
using OnProgress = std::function<void(double)>;

/// Follows every single call: processor sharing on each environment's vCPUs, the fleet's own router for each
/// attempt. O(log n) an event, whatever the size of the fleet.
Checked<Outcome> simulate_exactly(const Scenario& scenario, const fleet::Catalogue& catalogue,
                                  const OnProgress& on_progress);

}  // namespace lmi::sizing::simulate
