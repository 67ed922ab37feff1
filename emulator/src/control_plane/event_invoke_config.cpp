#include "control_plane/actions.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/identifiers.hpp"
#include "control_plane/pages.hpp"
#include "control_plane/services.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace lmi::emulator::control_plane {
namespace {

using Fault = std::optional<model::ApiError>;
using nlohmann::json;

struct Named {
  model::Function* function;
  std::string qualifier;  ///< $LATEST when the call has none.
};

/// Recorded text, also for a qualifier that does not exist.
model::ApiError no_function() {
  return model::not_found("The function doesn't exist.");
}

model::ApiError no_config(const Call& call, const model::FunctionReference& reference) {  // recorded
  const std::string_view qualifier = reference.qualifier.empty() ? model::latest : reference.qualifier;
  return model::not_found("The function " + model::function_arn(call.scope, reference.name, qualifier) +
                          " doesn't have an EventInvokeConfig");
}

bool has_qualifier(const model::Function& function, const std::string& qualifier) {
  return qualifier.empty() || function.find(qualifier) || function.alias(qualifier);
}

model::Result<Named> named_for_writing(Services& services, const Call& call) {
  const auto reference = named_function(call);
  if (!reference) return reference.error();
  const auto found = services.registry.function({reference->name, {}}, call.scope);
  if (!found || !has_qualifier(**found, reference->qualifier)) return no_function();
  if (auto fault = check_not_deleting(**found)) return *std::move(fault);
  return Named{*found, reference->qualifier.empty() ? std::string{model::latest} : reference->qualifier};
}

/// Of a configuration that exists. Errors: as recorded for Get and Delete.
model::Result<Named> named_with_config(Services& services, const Call& call) {
  const auto reference = named_function(call);
  if (!reference) return reference.error();
  const auto found = services.registry.function({reference->name, {}}, call.scope);
  const std::string qualifier{reference->qualifier.empty() ? model::latest : reference->qualifier};
  if (!found || !(*found)->event_invoke_configs.contains(qualifier)) return no_config(call, *reference);
  return Named{*found, qualifier};
}

std::string destination_in(const json& config, const char* when) {
  return config.value(when, json::object()).value("Destination", std::string{});
}

std::string service_of(std::string_view arn) {
  for (int colons = 0; colons < 2; ++colons) arn.remove_prefix(std::min(arn.find(':') + 1, arn.size()));
  return std::string{arn.substr(0, arn.find(':'))};
}

/// All texts: recorded.
Fault check_destination(const Services& services, const Call& call, const model::Function& function,
                        const std::string& arn) {
  if (service_of(arn) != "lambda") return std::nullopt;
  const auto target = model::parse_function(arn, {}, call.scope);
  if (!target || !services.registry.function({target->name, {}}, call.scope))
    return model::invalid_parameter("The destination ARN " + arn + " is invalid.");
  if (target->name == function.name)
    return model::invalid_parameter("You can't specify the function as a destination for itself.");
  return std::nullopt;
}

Fault check_destinations(const Services& services, const Call& call, const model::Function& function) {
  const json config = call.input.value("DestinationConfig", json::object());
  const std::array<std::string, 2> arns{destination_in(config, "OnSuccess"),
                                        destination_in(config, "OnFailure")};
  // AWS documentation: SQS, SNS, EventBridge, functions; S3 for failures.
  const auto is_possible = [](const std::string& arn, bool on_failure) {
    const std::string service = service_of(arn);
    return arn.empty() || service == "sqs" || service == "sns" || service == "events" ||
           service == "lambda" || (on_failure && service == "s3");
  };
  if (!is_possible(arns[0], false) || !is_possible(arns[1], true)) {  // recorded
    const auto part = [](const char* name, const std::string& arn) {
      return arn.empty() ? std::string{"null"} : std::string{name} + "(destination=" + arn + ")";
    };
    return model::invalid_parameter(
        "The provided destination config DestinationConfig(onSuccess=" + part("OnSuccess", arns[0]) +
        ", onFailure=" + part("OnFailure", arns[1]) + ") is invalid.");
  }
  for (const std::string& arn : arns)
    if (auto fault = check_destination(services, call, function, arn)) return fault;
  return std::nullopt;
}

Fault check_input(const Services& services, const Call& call, const model::Function& function) {
  const json& input = call.input;
  if (!input.contains("MaximumRetryAttempts") && !input.contains("MaximumEventAgeInSeconds") &&
      !input.contains("DestinationConfig")) {  // recorded
    return model::invalid_parameter(
        "You must specify at least one of error handling or destination setting.");
  }
  return check_destinations(services, call, function);
}

/// Destinations are shown even when there are none: recorded so.
json event_invoke_config_view(const model::Function& function, const std::string& qualifier,
                              const model::EventInvokeConfig& config) {
  const auto destination = [](const std::string& arn) {
    return arn.empty() ? json::object() : json{{"Destination", arn}};
  };
  json view = {
      {"LastModified", epoch_seconds(config.last_modified)},
      {"FunctionArn", function.arn(qualifier)},
      {"DestinationConfig",
       {{"OnSuccess", destination(config.on_success)}, {"OnFailure", destination(config.on_failure)}}}};
  if (config.retry_attempts) view["MaximumRetryAttempts"] = *config.retry_attempts;
  if (config.event_age_seconds) view["MaximumEventAgeInSeconds"] = *config.event_age_seconds;
  return view;
}

void put(Services& services, Call call, const Named& named, model::EventInvokeConfig config) {
  const json& input = call.input;
  if (input.contains("MaximumRetryAttempts")) config.retry_attempts = input["MaximumRetryAttempts"];
  if (input.contains("MaximumEventAgeInSeconds"))
    config.event_age_seconds = input["MaximumEventAgeInSeconds"];
  if (input.contains("DestinationConfig")) {
    config.on_success = destination_in(input["DestinationConfig"], "OnSuccess");
    config.on_failure = destination_in(input["DestinationConfig"], "OnFailure");
  }
  config.last_modified = services.config.wall_clock();
  named.function->event_invoke_configs[named.qualifier] = config;
  services.commit({store::PutFunction{persistent(*named.function)}}, std::move(call.respond),
                  json_reply(200, event_invoke_config_view(*named.function, named.qualifier, config)));
}

}  // namespace

void put_function_event_invoke_config(Services& services, Call call) {
  const auto named = named_for_writing(services, call);
  if (!named) return call.respond(named.error());
  if (auto fault = check_input(services, call, *named->function)) return call.respond(*fault);
  put(services, std::move(call), *named, {});
}

void update_function_event_invoke_config(Services& services, Call call) {
  const auto named = named_for_writing(services, call);
  if (!named) return call.respond(named.error());
  const auto existing = named_with_config(services, call);
  if (!existing) return call.respond(existing.error());
  if (auto fault = check_input(services, call, *named->function)) return call.respond(*fault);
  put(services, std::move(call), *named, named->function->event_invoke_configs.at(named->qualifier));
}

void get_function_event_invoke_config(Services& services, Call call) {
  const auto named = named_with_config(services, call);
  if (!named) return call.respond(named.error());
  const model::Function& function = *named->function;
  call.respond(json_reply(200, event_invoke_config_view(function, named->qualifier,
                                                        function.event_invoke_configs.at(named->qualifier))));
}

void delete_function_event_invoke_config(Services& services, Call call) {
  const auto named = named_with_config(services, call);
  if (!named) return call.respond(named.error());
  if (const auto fault = check_not_deleting(*named->function)) return call.respond(*fault);
  named->function->event_invoke_configs.erase(named->qualifier);
  services.commit({store::PutFunction{persistent(*named->function)}}, std::move(call.respond),
                  empty_reply(204));
}

void list_function_event_invoke_configs(Services& services, Call call) {
  const auto reference = named_function(call);
  if (!reference) return call.respond(reference.error());
  const auto found = services.registry.function({reference->name, {}}, call.scope);
  if (!found) return call.respond(no_function());
  constexpr std::size_t page_size = 50;  // the model's greatest MaxItems
  Listing listing;
  for (const auto& [qualifier, config] : (*found)->event_invoke_configs)
    listing.emplace_back(qualifier, event_invoke_config_view(**found, qualifier, config));
  call.respond(page(call, listing, {"FunctionEventInvokeConfigs", page_size}));
}

}  // namespace lmi::emulator::control_plane
