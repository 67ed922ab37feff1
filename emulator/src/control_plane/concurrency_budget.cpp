#include "control_plane/concurrency_budget.hpp"

#include "control_plane/services.hpp"

#include <algorithm>

namespace lmi::emulator::control_plane {

unsigned provisioned_total(const model::Function& function) {
  unsigned total = 0;
  for (const auto& [qualifier, provisioned] : function.provisioned_concurrency) {
    total += provisioned.requested;
  }
  return total;
}

unsigned held_concurrency(const model::Function& function) {
  return function.reserved_concurrency.value_or(provisioned_total(function));
}

unsigned unreserved_concurrency(const Services& services, std::string_view region) {
  unsigned held = 0;
  for (const auto& [name, function] : services.registry.functions) {
    if (function.scope.region == region) held += held_concurrency(function);
  }
  const unsigned all = services.config.account_concurrency;
  return all - std::min(held, all);
}

}  // namespace lmi::emulator::control_plane
