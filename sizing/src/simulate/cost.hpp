#pragma once

#include "simulate/outcome.hpp"
#include "simulate/scenario.hpp"

namespace lmi::sizing::simulate {

/// lmi-behaviour.md §7.2: hours × on-demand price × (1 − discount), plus the fee on the undiscounted price,
/// plus requests. Without EBS volumes, network and logs, whose price under LMI is not published.
struct Cost {
  double instances_usd = 0;
  double fee_usd = 0;
  double requests_usd = 0;
  double usd_per_month = 0;  ///< Of 730 hours like this run's.
  bool complete = true;      ///< Every type's price is known.

  double usd() const { return instances_usd + fee_usd + requests_usd; }
};

Cost cost_of(const Outcome& outcome, const Prices& prices);

}  // namespace lmi::sizing::simulate
