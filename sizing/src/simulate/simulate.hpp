#pragma once

#include "simulate/exact.hpp"

namespace lmi::sizing::simulate {

enum class ModeChoice { automatic, exact, fluid };

/// Runs a scenario. The same scenario gives the same outcome, on every run. The outcome says which mode was
/// used and why.
Checked<Outcome> simulate(const Scenario& scenario, const fleet::Catalogue& catalogue, ModeChoice choice,
                          const OnProgress& on_progress = {});

}  // namespace lmi::sizing::simulate
