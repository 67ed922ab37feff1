#include "control_plane/actions.hpp"
#include "control_plane/concurrency_budget.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/services.hpp"
#include "model/quotas.hpp"

#include <cstdint>

namespace lmi::emulator::control_plane {
namespace {

/// Reservations belong to functions, not to versions.
model::Result<model::Function*> find_whole_function(Services& services, const Call& call) {
  const auto reference = named_function(call);
  if (!reference) return reference.error();
  if (!reference->qualifier.empty()) {  // recorded
    return model::invalid_parameter(
        "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
        "operation. Please specify either a function name or an unqualified function ARN.");
  }
  // Recorded: the text names $LATEST.
  return services.registry.function({reference->name, std::string{model::latest}}, call.scope);
}

std::optional<model::ApiError> check_budget(const Services& services, const model::Function& function,
                                            std::int64_t wanted) {
  const std::int64_t free = unreserved_concurrency(services, function.scope.region);
  const std::int64_t left = free + held_concurrency(function) - wanted;
  if (left < model::quotas::unreserved_concurrency_min) {  // recorded, without a Type
    return model::without_type(
        model::invalid_parameter("Specified ReservedConcurrentExecutions for function decreases account's "
                                 "UnreservedConcurrentExecution below its minimum value of [" +
                                 std::to_string(model::quotas::unreserved_concurrency_min) + "]."));
  }
  const unsigned provisioned = provisioned_total(function);
  if (wanted < provisioned) {  // recorded with these spaces, without a Type
    return model::without_type(
        model::invalid_parameter(" ReservedConcurrentExecutions  " + std::to_string(wanted) +
                                 " should not be lower than function's total provisioned concurrency [" +
                                 std::to_string(provisioned) + "]."));
  }
  return std::nullopt;
}

}  // namespace

// Nothing says that AWS refuses a reservation for a function with a capacity provider, so it is taken.
void put_function_concurrency(Services& services, Call call) {
  const auto found = find_whole_function(services, call);
  if (!found) return call.respond(found.error());
  model::Function& function = **found;
  const auto wanted = call.input.at("ReservedConcurrentExecutions").get<std::int64_t>();
  auto fault = check_not_deleting(function);
  if (!fault) fault = check_budget(services, function, wanted);
  if (fault) return call.respond(*fault);
  function.reserved_concurrency = static_cast<unsigned>(wanted);
  services.commit({store::PutFunction{persistent(function)}}, std::move(call.respond),
                  json_reply(200, {{"ReservedConcurrentExecutions", wanted}}));
}

void get_function_concurrency(Services& services, Call call) {
  const auto found = find_whole_function(services, call);
  if (!found) return call.respond(found.error());
  nlohmann::json body = nlohmann::json::object();
  const auto& reserved = (*found)->reserved_concurrency;
  if (reserved) body["ReservedConcurrentExecutions"] = *reserved;
  call.respond(json_reply(200, body));
}

void delete_function_concurrency(Services& services, Call call) {
  const auto found = find_whole_function(services, call);
  if (!found) return call.respond(found.error());
  model::Function& function = **found;
  if (const auto fault = check_not_deleting(function)) return call.respond(*fault);
  function.reserved_concurrency.reset();
  services.commit({store::PutFunction{persistent(function)}}, std::move(call.respond), empty_reply(204));
}

}  // namespace lmi::emulator::control_plane
