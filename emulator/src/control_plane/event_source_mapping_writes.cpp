#include "control_plane/actions.hpp"
#include "control_plane/event_source_mapping_input.hpp"
#include "control_plane/event_source_mapping_view.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/identifiers.hpp"
#include "control_plane/services.hpp"
#include "model/quotas.hpp"

#include <optional>
#include <string_view>
#include <utility>

namespace lmi::emulator::control_plane {
namespace {

using Fault = std::optional<model::ApiError>;
using nlohmann::json;

model::Result<model::FunctionReference> existing_function(Services& services, const Call& call) {
  const auto reference = model::parse_function(call.text("FunctionName"), {}, call.scope);
  if (!reference) return reference.error();
  const auto found = services.registry.function({reference->name, {}}, call.scope);
  const bool exists = found && (reference->qualifier.empty() || (*found)->alias(reference->qualifier) ||
                                (*found)->find(reference->qualifier));
  if (!exists) return model::invalid_parameter("Function does not exist");  // recorded
  if (auto fault = check_not_deleting(**found)) return *std::move(fault);
  return *reference;
}

bool is_same_function(const model::FunctionReference& one, const model::FunctionReference& other) {
  return one.name == other.name && one.qualifier == other.qualifier;
}

std::string endpoints_of(const json& settings) {
  const json source = settings.value("SelfManagedEventSource", json::object());
  std::string text;
  const json by_kind = source.value("Endpoints", json::object());
  for (const auto& [kind, endpoints] : by_kind.items())
    for (const json& endpoint : endpoints) text += (text.empty() ? "" : ",") + endpoint.get<std::string>();
  return text;
}

/// One source feeds a function once.
Fault check_is_new(const Services& services, const EventSourceMapping& wanted) {
  for (const auto& [uuid, mapping] : services.mappings.all()) {
    if (!is_same_function(mapping.function, wanted.function) || mapping.scope.region != wanted.scope.region ||
        mapping.source_arn() != wanted.source_arn() ||
        endpoints_of(mapping.settings) != endpoints_of(wanted.settings))
      continue;
    const std::string ending =
        "already exists. Please update or delete the existing mapping with UUID " + uuid;
    const std::string service = source_service(wanted.settings);
    if (wanted.settings.contains("SelfManagedEventSource")) {  // recorded
      const json topics = wanted.settings.value("Topics", json::array({""}));
      return model::conflict("An event source mapping with event source (\"" + endpoints_of(wanted.settings) +
                             "\"), function (\"" + model::function_arn(wanted.scope, wanted.function.name) +
                             "\"), topics (\"" + topics.front().get<std::string>() + "\") " + ending);
    }
    // Both texts: LocalStack.
    const std::string pair =
        "(\" " + wanted.source_arn() + " \") and function (\" " + wanted.function.name + " \") ";
    return model::conflict(service == "sqs" ? "An event source mapping with SQS arn " + pair + ending
                                            : "The event source arn " + pair + "provided mapping " + ending);
  }
  return std::nullopt;
}

model::ApiError no_mapping() {
  return model::not_found("The resource you requested does not exist.");  // LocalStack's text
}

/// In a passing state nothing can be changed. The form of the text: seen in reports of users of AWS.
Fault check_at_rest(const EventSourceMapping& mapping, const char* what) {
  const std::string_view state = mapping.state;
  if (state == "Enabled" || state == "Disabled") return std::nullopt;
  return model::ApiError{"ResourceInUseException",
                         std::string{"Cannot "} + what + " the event source mapping because it is in use."};
}

store::Change written(const EventSourceMapping& mapping) {
  return store::PutDocument{{event_source_mapping_kind, mapping.uuid, to_document(mapping)}};
}

}  // namespace

void create_event_source_mapping(Services& services, Call call) {
  EventSourceMapping mapping;
  read_mapping_settings(call.input, mapping.settings);
  add_mapping_defaults(mapping.settings);
  if (auto fault = check_mapping(mapping.settings)) return call.respond(*fault);
  const auto function = existing_function(services, call);
  if (!function) return call.respond(function.error());
  mapping.uuid = random_uuid();
  mapping.function = *function;
  mapping.scope = call.scope;
  mapping.tags = call.input.value("Tags", json::object());
  if (mapping.tags.size() > model::quotas::tags_per_resource) {  // recorded for functions
    return call.respond(model::invalid_parameter("Number of tags exceeds resource tag limit."));
  }
  mapping.enabled = call.input.value("Enabled", true);
  mapping.last_modified = services.config.wall_clock();
  if (auto fault = check_is_new(services, mapping)) return call.respond(*fault);
  services.mappings.add(mapping);
  services.commit({written(mapping)}, std::move(call.respond), json_reply(202, mapping_view(mapping)));
}

void update_event_source_mapping(Services& services, Call call) {
  EventSourceMapping* mapping = services.mappings.find(call.text("UUID"), call.scope);
  if (!mapping) return call.respond(no_mapping());
  if (auto fault = check_at_rest(*mapping, "update")) return call.respond(*fault);
  EventSourceMapping wanted = *mapping;
  read_mapping_settings(call.input, wanted.settings);
  if (auto fault = check_mapping(wanted.settings)) return call.respond(*fault);
  if (call.input.contains("FunctionName")) {
    const auto function = existing_function(services, call);
    if (!function) return call.respond(function.error());
    wanted.function = *function;
  }
  wanted.enabled = call.input.value("Enabled", mapping->enabled);
  wanted.state = wanted.enabled == mapping->enabled ? "Updating" : wanted.enabled ? "Enabling" : "Disabling";
  wanted.last_modified = services.config.wall_clock();
  *mapping = wanted;
  services.mappings.changed(wanted.uuid);
  services.commit({written(wanted)}, std::move(call.respond), json_reply(202, mapping_view(wanted)));
}

void delete_event_source_mapping(Services& services, Call call) {
  EventSourceMapping* mapping = services.mappings.find(call.text("UUID"), call.scope);
  if (!mapping) return call.respond(no_mapping());
  if (auto fault = check_at_rest(*mapping, "delete")) return call.respond(*fault);
  mapping->state = "Deleting";
  const json view = mapping_view(*mapping);
  const std::string uuid = mapping->uuid;
  services.mappings.remove(uuid);
  services.commit({store::DeleteDocument{event_source_mapping_kind, uuid}}, std::move(call.respond),
                  json_reply(202, view));
}

}  // namespace lmi::emulator::control_plane
