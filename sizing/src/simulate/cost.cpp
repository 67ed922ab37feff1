#include "simulate/cost.hpp"

namespace lmi::sizing::simulate {

Cost cost_of(const Outcome& outcome, const Prices& prices) {
  constexpr double hours_per_month = 730;
  Cost cost;
  for (const auto& [type, usage] : outcome.instance_types) {
    const double on_demand = usage.hours * usage.usd_per_hour;
    cost.instances_usd += on_demand * (1 - prices.instance_discount_percent / 100);
    cost.fee_usd += on_demand * prices.management_fee_percent / 100;
    cost.complete = cost.complete && usage.price_known;
  }
  const auto requests = static_cast<double>(outcome.calls.succeeded + outcome.calls.timed_out);
  cost.requests_usd = requests / 1e6 * prices.usd_per_million_requests;
  cost.usd_per_month = cost.usd() * hours_per_month * 3600 / seconds(outcome.duration);
  return cost;
}

}  // namespace lmi::sizing::simulate
