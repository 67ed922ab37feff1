#include "control_plane/concurrency_budget.hpp"

#include "model/quotas.hpp"

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

unsigned unreserved_concurrency(const Registry& registry, std::string_view region) {
  unsigned held = 0;
  for (const auto& [name, function] : registry.functions) {
    if (function.scope.region == region) held += held_concurrency(function);
  }
  return model::quotas::account_concurrency - std::min(held, model::quotas::account_concurrency);
}

}  // namespace lmi::emulator::control_plane
