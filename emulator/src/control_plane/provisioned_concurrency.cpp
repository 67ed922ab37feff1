#include "control_plane/actions.hpp"
#include "control_plane/concurrency_budget.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/pages.hpp"
#include "control_plane/provisioning.hpp"
#include "control_plane/services.hpp"
#include "model/quotas.hpp"

#include <cstdint>

namespace lmi::emulator::control_plane {
namespace {

using Fault = std::optional<model::ApiError>;

constexpr std::size_t page_size = 50;  // API model

struct Target {
  model::Function* function;
  std::string qualifier;  ///< An existing alias or version.
};

/// `for_latest`: what to answer for $LATEST, which has nothing to provision.
model::Result<Target> find_target(Services& services, const Call& call, const char* for_latest) {
  const auto reference = named_function(call);
  if (!reference) return reference.error();
  if (reference->qualifier == model::latest) return model::invalid_parameter(for_latest);
  const auto found = services.registry.function({reference->name, reference->qualifier}, call.scope);
  const bool is_version =
      model::is_version_number(reference->qualifier) || reference->qualifier == model::latest_published;
  if (!is_version &&
      (!found || !(*found)->alias(reference->qualifier))) {  // recorded, even without a function
    return model::not_found("Cannot find alias arn: " +
                            model::function_arn(call.scope, reference->name, reference->qualifier));
  }
  if (!found) return found.error();
  if (is_version && !(*found)->find(reference->qualifier)) return function_not_found(call.scope, *reference);
  return Target{*found, reference->qualifier};
}

constexpr const char* unpublished =  // recorded
    "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";
constexpr const char* no_version = "The function resource provided must be an alias or a published version.";

/// The share of the account's concurrency: all three texts are recorded, the latter two without a Type.
Fault check_budget(const Services& services, const Target& target, std::int64_t wanted) {
  const model::Function& function = *target.function;
  const auto before = function.provisioned_concurrency.find(target.qualifier);
  const std::int64_t own = before == function.provisioned_concurrency.end() ? 0 : before->second.requested;
  if (function.reserved_concurrency) {
    const std::int64_t total = provisioned_total(function) - own + wanted;
    if (total <= *function.reserved_concurrency) return std::nullopt;
    return model::invalid_parameter(
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for "
        "function");
  }
  const std::int64_t free = unreserved_concurrency(services, function.scope.region) + own;
  if (wanted > free) {
    return model::without_type(model::invalid_parameter(
        "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [" +
        std::to_string(free) + "]."));
  }
  if (free - wanted < model::quotas::unreserved_concurrency_min) {
    return model::without_type(model::invalid_parameter(
        "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
        "its minimum value of [" +
        std::to_string(model::quotas::unreserved_concurrency_min) + "]."));
  }
  return std::nullopt;
}

/// A version is provisioned by itself or through an alias, not both (recorded).
Fault check_other_way(const Target& target) {
  const model::Function& function = *target.function;
  const auto& provisioned = function.provisioned_concurrency;
  if (const model::Alias* alias = function.alias(target.qualifier)) {
    if (!provisioned.contains(alias->version)) return std::nullopt;
    return model::conflict(
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version");
  }
  for (const auto& [name, alias] : function.aliases) {
    if (alias.version == target.qualifier && provisioned.contains(name)) {
      return model::conflict("Version is pointed by a Provisioned Concurrency alias");
    }
  }
  return std::nullopt;
}

/// Allocated and available are both the environments that have started, with a call or without.
nlohmann::json view(const Services& services, const model::Function& function, const std::string& qualifier) {
  const model::ProvisionedConcurrency& provisioned = function.provisioned_concurrency.at(qualifier);
  const ProvisionedState state = provisioned_state(services, function, qualifier);
  nlohmann::json view = {{"RequestedProvisionedConcurrentExecutions", provisioned.requested},
                         {"AllocatedProvisionedConcurrentExecutions", state.ready},
                         {"AvailableProvisionedConcurrentExecutions", state.ready},
                         {"Status", state.ready >= provisioned.requested ? "READY" : "IN_PROGRESS"},
                         {"LastModified", provisioned.last_modified}};
  if (state.failed) {
    view["Status"] = "FAILED";
    view["StatusReason"] = "FUNCTION_ERROR_INIT_FAILURE";  // AWS's, as its users report it
  }
  return view;
}

}  // namespace

void put_provisioned_concurrency_config(Services& services, Call call) {
  const auto target = find_target(services, call, unpublished);
  if (!target) return call.respond(target.error());
  model::Function& function = *target->function;
  const model::Alias* alias = function.alias(target->qualifier);
  if (alias && alias->version == model::latest) {  // the text recorded for $LATEST itself
    return call.respond(model::invalid_parameter(unpublished));
  }
  if (function.is_managed()) {  // SAM excludes the two; the text is ours
    return call.respond(model::invalid_parameter(
        "Provisioned concurrency isn't supported for functions configured with capacity provider."));
  }
  const auto wanted = call.input.at("ProvisionedConcurrentExecutions").get<std::int64_t>();
  Fault fault = check_not_deleting(function);
  if (!fault) fault = check_other_way(*target);
  if (!fault) fault = check_budget(services, *target, wanted);
  if (fault) return call.respond(*fault);

  const model::ProvisionedConcurrency provisioned{static_cast<unsigned>(wanted), services.timestamp()};
  function.provisioned_concurrency[target->qualifier] = provisioned;
  nlohmann::json answer = view(services, function, target->qualifier);
  answer["Status"] = "IN_PROGRESS";  // it begins now, whatever became of what was asked before
  answer.erase("StatusReason");
  services.commit({store::PutFunction{persistent(function)}}, std::move(call.respond),
                  json_reply(202, answer), [&services, name = function.name] { provision(services, name); });
}

void get_provisioned_concurrency_config(Services& services, Call call) {
  const auto target = find_target(services, call, no_version);
  if (!target) return call.respond(target.error());
  const auto& all = target->function->provisioned_concurrency;
  const auto found = all.find(target->qualifier);
  if (found == all.end()) {  // recorded
    return call.respond(model::ApiError{"ProvisionedConcurrencyConfigNotFoundException",
                                        "No Provisioned Concurrency Config found for this function"});
  }
  call.respond(json_reply(200, view(services, *target->function, target->qualifier)));
}

void delete_provisioned_concurrency_config(Services& services, Call call) {
  const auto target = find_target(services, call, no_version);
  if (!target) return call.respond(target.error());
  model::Function& function = *target->function;
  if (const Fault fault = check_not_deleting(function)) return call.respond(*fault);
  if (function.provisioned_concurrency.erase(target->qualifier) == 0) {
    return call.respond(empty_reply(204));  // LocalStack: nothing to delete is no error
  }
  services.commit({store::PutFunction{persistent(function)}}, std::move(call.respond), empty_reply(204),
                  [&services, name = function.name] { provision(services, name); });
}

void list_provisioned_concurrency_configs(Services& services, Call call) {
  const auto found = called_function(services, call);
  if (!found) return call.respond(found.error());
  Listing listing;
  for (const auto& [qualifier, provisioned] : (*found)->provisioned_concurrency) {
    nlohmann::json item = view(services, **found, qualifier);
    item["FunctionArn"] = (*found)->arn(qualifier);
    listing.emplace_back(qualifier, std::move(item));
  }
  call.respond(page(call, listing, {"ProvisionedConcurrencyConfigs", page_size}));
}

}  // namespace lmi::emulator::control_plane
