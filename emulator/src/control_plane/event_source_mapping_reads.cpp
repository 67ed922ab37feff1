#include "control_plane/actions.hpp"
#include "control_plane/event_source_mapping_input.hpp"
#include "control_plane/event_source_mapping_view.hpp"
#include "control_plane/identifiers.hpp"
#include "control_plane/pages.hpp"
#include "control_plane/services.hpp"

namespace lmi::emulator::control_plane {

using nlohmann::json;

json mapping_view(const EventSourceMapping& mapping) {
  const model::FunctionReference& function = mapping.function;
  const bool is_queue = source_service(mapping.settings) == "sqs";
  json view = mapping.settings;
  view["UUID"] = mapping.uuid;
  view["EventSourceMappingArn"] = "arn:aws:lambda:" + mapping.scope.region + ":" + mapping.scope.account_id +
                                  ":event-source-mapping:" + mapping.uuid;
  view["FunctionArn"] = function.qualifier.empty()
                            ? model::function_arn(mapping.scope, function.name)
                            : model::function_arn(mapping.scope, function.name, function.qualifier);
  view["State"] = mapping.state;
  view["StateTransitionReason"] = is_queue ? "USER_INITIATED" : "User action";  // LocalStack
  view["LastModified"] = epoch_seconds(mapping.last_modified);
  if (!is_queue) view["LastProcessingResult"] = "No records processed";  // LocalStack; true: none ever is
  return view;
}

void get_event_source_mapping(Services& services, Call call) {
  const EventSourceMapping* mapping = services.mappings.find(call.text("UUID"), call.scope);
  if (!mapping)
    return call.respond(model::not_found("The resource you requested does not exist."));  // LocalStack
  call.respond(json_reply(200, mapping_view(*mapping)));
}

void list_event_source_mappings(Services& services, Call call) {
  std::optional<model::FunctionReference> wanted;
  if (call.input.contains("FunctionName")) {
    const auto reference = model::parse_function(call.text("FunctionName"), {}, call.scope);
    if (!reference) return call.respond(reference.error());
    wanted = *reference;
  }
  const std::string source = call.text("EventSourceArn");
  constexpr std::size_t page_size = 100;  // AWS documentation
  Listing listing;
  for (const auto& [uuid, mapping] : services.mappings.all()) {
    if (mapping.scope.region != call.scope.region) continue;
    if (!source.empty() && mapping.source_arn() != source) continue;
    if (wanted && (mapping.function.name != wanted->name ||
                   (!wanted->qualifier.empty() && mapping.function.qualifier != wanted->qualifier)))
      continue;
    listing.emplace_back(uuid, mapping_view(mapping));
  }
  call.respond(page(call, listing, {"EventSourceMappings", page_size}));
}

}  // namespace lmi::emulator::control_plane
