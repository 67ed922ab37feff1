#include "control_plane/actions.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/identifiers.hpp"
#include "control_plane/policy_target.hpp"
#include "control_plane/services.hpp"

#include <set>

// The three operations of 2026-07-09. Their shapes and codes are in the API model; no answer of AWS to them
// was recorded, so the texts here are ours or those of the older policy operations, as marked.
namespace lmi::emulator::control_plane {
namespace {

using Json = nlohmann::ordered_json;
using Fault = std::optional<model::ApiError>;

model::Result<PolicyTarget> find(Services& services, const Call& call) {
  const std::string arn = call.text("ResourceArn");
  if (!arn.starts_with("arn:")) {
    return model::invalid_parameter("ResourceArn must be the ARN of a function, version or alias.");
  }
  if (arn.find(":function:") == std::string::npos) {
    return model::not_implemented(
        "This emulator keeps resource policies of functions, versions and aliases only. Give the ARN of "
        "one.");
  }
  const auto reference = model::parse_function(arn, {}, call.scope);
  if (!reference) return reference.error();
  const auto function = services.registry.function({reference->name, {}}, call.scope);
  if (!function) return function.error();
  return policy_target(**function, *reference, call.scope);
}

Fault check_policy_revision(const Call& call, const PolicyTarget& target) {
  const std::string wanted = call.text("RevisionId");
  if (wanted.empty() || wanted == *target.revision_id) return std::nullopt;
  return model::ApiError{"PreconditionFailedException",  // after the recorded one for GetPolicy
                         "The Revision Id provided does not match the latest Revision Id. Call the "
                         "GetResourcePolicy API to retrieve the latest Revision Id"};
}

Fault check_statement(const Json& statement, std::set<std::string>& ids) {
  if (!statement.is_object())
    return model::invalid_parameter("Each statement of the policy must be an object.");
  for (const char* member : {"Effect", "Principal", "Action"}) {
    if (!statement.contains(member)) {
      return model::invalid_parameter(std::string{"Each statement of the policy must have the member "} +
                                      member + ".");
    }
  }
  const auto id = statement.find("Sid");
  if (id == statement.end()) return std::nullopt;
  if (!id->is_string() || !ids.insert(id->get<std::string>()).second) {
    return model::invalid_parameter("Statement ids of the policy must be strings that differ.");
  }
  return std::nullopt;
}

Fault check_document(const std::string& text) {
  const Json policy = Json::parse(text, nullptr, false);
  if (!policy.is_object() || !policy.contains("Statement")) {
    return model::invalid_parameter("Policy must be a JSON object with the member Statement.");
  }
  std::set<std::string> ids;
  const Json& given = policy.at("Statement");
  if (!given.is_array()) return check_statement(given, ids);
  for (const Json& statement : given) {
    if (auto fault = check_statement(statement, ids)) return fault;
  }
  return std::nullopt;
}

Reply reply_with(const PolicyTarget& target) {
  return json_reply(
      200, {{"Policy", target.function->policies.at(target.key)}, {"RevisionId", *target.revision_id}});
}

}  // namespace

void put_resource_policy(Services& services, Call call) {
  const auto target = find(services, call);
  if (!target) return call.respond(target.error());
  const std::string document = call.text("Policy");
  Fault fault = check_not_deleting(*target->function);
  if (!fault) fault = check_policy_revision(call, *target);
  if (!fault) fault = check_document(document);
  if (!fault) fault = attach_policy(*target, document);
  if (fault) return call.respond(*fault);
  services.commit({store::PutFunction{persistent(*target->function)}}, std::move(call.respond),
                  reply_with(*target));
}

void get_resource_policy(Services& services, Call call) {
  const auto target = find(services, call);
  if (!target) return call.respond(target.error());
  if (!target->function->policies.contains(target->key)) {  // LocalStack's text for GetPolicy
    return call.respond(model::not_found("The resource you requested does not exist."));
  }
  call.respond(reply_with(*target));
}

void delete_resource_policy(Services& services, Call call) {
  const auto target = find(services, call);
  if (!target) return call.respond(target.error());
  if (!target->function->policies.contains(target->key)) {  // recorded for RemovePermission
    return call.respond(model::not_found("No policy is associated with the given resource."));
  }
  Fault fault = check_not_deleting(*target->function);
  if (!fault) fault = check_policy_revision(call, *target);
  if (fault) return call.respond(*fault);
  target->function->policies.erase(target->key);
  *target->revision_id = random_uuid();
  services.commit({store::PutFunction{persistent(*target->function)}}, std::move(call.respond),
                  empty_reply(204));
}

}  // namespace lmi::emulator::control_plane
