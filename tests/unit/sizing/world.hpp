#pragma once

#include "simulate/scenario.hpp"
#include "simulate/simulate.hpp"

namespace lmi::sizing::simulate {

/// A few instance types, so that the tests do not depend on the price list.
fleet::Catalogue small_catalogue();

/// A scenario of one minute with 3 environments that never change: what queueing formulas are about.
Scenario fixed_fleet(unsigned environments, unsigned slots);

Arrivals poisson(double per_second, Time duration);
Arrivals burst(std::uint64_t calls);

/// Runs it and expects it to succeed.
Outcome run(const Scenario& scenario, ModeChoice mode = ModeChoice::exact);

}  // namespace lmi::sizing::simulate
