#include "control_plane/actions.hpp"
#include "control_plane/capacity_provider_checks.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/identifiers.hpp"
#include "control_plane/services.hpp"
#include "model/quotas.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lmi::emulator::control_plane {
namespace {

using Tags = std::map<std::string, std::string>;

/// A resource that has tags.
struct Tagged {
  Tags tags;
  std::function<store::Change(const Tags&)> change;  ///< Gives the resource others.
  std::optional<model::ApiError> frozen;             ///< Why they cannot be changed now.
};

/// "capacity-provider" of an ARN that has passed the API model's pattern.
std::string_view kind_of(std::string_view arn) {
  for (int colons = 0; colons < 5; ++colons) arn.remove_prefix(arn.find(':') + 1);
  return arn.substr(0, arn.find(':'));
}

model::Result<Tagged> tagged_function(Services& services, const std::string& arn, const model::Scope& scope) {
  const auto reference = model::parse_function(arn, {}, scope);
  if (!reference) return reference.error();
  if (!reference->qualifier.empty()) {  // recorded
    return model::invalid_parameter(
        "Tags on function aliases and versions are not supported. Please specify a function ARN.");
  }
  const auto found = services.registry.function(*reference, scope);
  if (!found) return found.error();
  model::Function& function = **found;
  return Tagged{function.tags,
                [&function](const Tags& tags) {
                  function.tags = tags;
                  function.latest.revision_id = random_uuid();  // LocalStack: tagging makes a new revision
                  return store::Change{store::PutFunction{persistent(function)}};
                },
                check_not_deleting(function)};
}

model::Result<Tagged> tagged_provider(Services& services, const std::string& arn, const model::Scope& scope) {
  const auto found = services.registry.provider(arn, scope);
  if (!found) return found.error();
  model::CapacityProvider& provider = **found;
  return Tagged{provider.tags,
                [&provider](const Tags& tags) {
                  provider.tags = tags;
                  return store::Change{store::PutProvider{provider}};
                },
                check_not_deleting(provider)};
}

model::Result<Tagged> tagged_mapping(Services& services, const std::string& arn, const model::Scope& scope) {
  EventSourceMapping* mapping = services.mappings.find(arn.substr(arn.rfind(':') + 1), scope);
  if (!mapping) return model::not_found("Event source mapping not found: " + arn);  // recorded
  std::optional<model::ApiError> frozen;
  if (std::string_view{mapping->state} == "Deleting") {  // the form of the text: as for updates
    frozen = model::ApiError{"ResourceInUseException",
                             "Cannot tag the event source mapping because it is in use."};
  }
  return Tagged{mapping->tags.get<Tags>(),
                [mapping](const Tags& tags) {
                  mapping->tags = tags;
                  return store::Change{
                      store::PutDocument{{event_source_mapping_kind, mapping->uuid, to_document(*mapping)}}};
                },
                std::move(frozen)};
}

model::Result<Tagged> tagged(Services& services, const Call& call) {
  const std::string arn = call.text("Resource");
  const std::string_view kind = kind_of(arn);
  if (kind == "function") return tagged_function(services, arn, call.scope);
  if (kind == "capacity-provider") return tagged_provider(services, arn, call.scope);
  if (kind == "event-source-mapping") return tagged_mapping(services, arn, call.scope);
  if (kind == "code-signing-config") {  // none exists here; the text is recorded
    return model::not_found("The Lambda code signing configuration " + arn + " can not be found.");
  }
  // The model's pattern has layers too, but nothing says that AWS lets them be tagged. The text is ours.
  return model::not_found("Resource not found: " + arn);
}

}  // namespace

void tag_resource(Services& services, Call call) {
  const auto resource = tagged(services, call);
  if (!resource) return call.respond(resource.error());
  if (resource->frozen) return call.respond(*resource->frozen);
  const Tags added = call.input.at("Tags").get<Tags>();
  if (added.empty()) {  // recorded
    return call.respond(model::invalid_parameter("An error occurred and the request cannot be processed."));
  }
  Tags merged = added;
  merged.insert(resource->tags.begin(), resource->tags.end());
  if (merged.size() > model::quotas::tags_per_resource) {
    return call.respond(model::invalid_parameter("Number of tags exceeds resource tag limit."));  // recorded
  }
  services.commit({resource->change(merged)}, std::move(call.respond), empty_reply(204));
}

void untag_resource(Services& services, Call call) {
  const auto resource = tagged(services, call);
  if (!resource) return call.respond(resource.error());
  if (resource->frozen) return call.respond(*resource->frozen);
  Tags left = resource->tags;
  for (const auto& key : call.input.at("TagKeys")) left.erase(key.get<std::string>());
  services.commit({resource->change(left)}, std::move(call.respond), empty_reply(204));
}

void list_tags(Services& services, Call call) {
  const auto resource = tagged(services, call);
  if (!resource) return call.respond(resource.error());
  call.respond(json_reply(200, {{"Tags", resource->tags}}));
}

}  // namespace lmi::emulator::control_plane
