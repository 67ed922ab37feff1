#include "control_plane/actions.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/policy_statement.hpp"
#include "control_plane/policy_target.hpp"
#include "control_plane/services.hpp"

#include <algorithm>

namespace lmi::emulator::control_plane {
namespace {

using Json = nlohmann::ordered_json;
using Fault = std::optional<model::ApiError>;

model::Result<PolicyTarget> find(Services& services, const Call& call,
                                 const model::FunctionReference& reference) {
  const auto function = services.registry.function({reference.name, {}}, call.scope);
  if (!function) return function.error();
  return policy_target(**function, reference, call.scope);
}

Fault check_policy_revision(const Call& call, const PolicyTarget& target) {
  const std::string wanted = call.text("RevisionId");
  if (wanted.empty() || wanted == *target.revision_id) return std::nullopt;
  return model::ApiError{"PreconditionFailedException",  // recorded
                         "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy "
                         "API to retrieve the latest Revision Id"};
}

/// The statements of a document, which may hold a single one without a list.
Json& statements(Json& policy) {
  Json& found = policy["Statement"];
  if (found.is_object()) found = Json::array({found});
  return found;
}

Json::iterator statement_named(Json& all, const std::string& id) {
  return std::find_if(all.begin(), all.end(),
                      [&id](const Json& statement) { return statement.value("Sid", "") == id; });
}

void save(Services& services, Call call, const PolicyTarget& target, Reply reply) {
  services.commit({store::PutFunction{persistent(*target.function)}}, std::move(call.respond),
                  std::move(reply));
}

}  // namespace

void add_permission(Services& services, Call call) {
  const auto reference = named_function(call);
  if (!reference) return call.respond(reference.error());
  if (reference->qualifier == model::latest) {  // recorded
    return call.respond(model::invalid_parameter("We currently do not support adding policies for $LATEST."));
  }
  const auto target = find(services, call, *reference);
  if (!target) return call.respond(target.error());
  Fault fault = check_not_deleting(*target->function);
  if (!fault) fault = check_policy_revision(call, *target);
  if (fault) return call.respond(*fault);

  Json policy = attached_policy(*target).value_or(
      Json{{"Version", "2012-10-17"}, {"Id", "default"}, {"Statement", Json::array()}});
  Json& all = statements(policy);
  const std::string id = call.text("StatementId");
  if (statement_named(all, id) != all.end()) {  // recorded
    return call.respond(model::conflict("The statement id (" + id +
                                        ") provided already exists. Please provide a new statement id, or "
                                        "remove the existing statement."));
  }
  const auto statement = policy_statement(call, target->arn);
  if (!statement) return call.respond(statement.error());
  all.push_back(*statement);
  if (fault = attach_policy(*target, policy.dump()); fault) return call.respond(*fault);
  save(services, std::move(call), *target, json_reply(201, {{"Statement", statement->dump()}}));
}

void get_policy(Services& services, Call call) {
  const auto reference = named_function(call);
  if (!reference) return call.respond(reference.error());
  const auto target = find(services, call, *reference);
  if (!target) return call.respond(target.error());
  const auto policy = attached_policy(*target);
  if (!policy) {  // LocalStack's text
    return call.respond(model::not_found("The resource you requested does not exist."));
  }
  call.respond(json_reply(200, {{"Policy", policy->dump()}, {"RevisionId", *target->revision_id}}));
}

void remove_permission(Services& services, Call call) {
  const auto reference = named_function(call);
  if (!reference) return call.respond(reference.error());
  const auto function = services.registry.function({reference->name, {}}, call.scope);
  if (!function) {  // recorded
    return call.respond(
        model::not_found("No policy found for: " + model::function_arn(call.scope, reference->name)));
  }
  const auto target = policy_target(**function, *reference, call.scope);
  if (!target) return call.respond(target.error());
  auto policy = attached_policy(*target);
  if (!policy) {  // recorded
    return call.respond(model::not_found("No policy is associated with the given resource."));
  }
  Json& all = statements(*policy);
  const std::string id = call.text("StatementId");
  const auto statement = statement_named(all, id);
  if (statement == all.end()) {  // recorded
    return call.respond(model::not_found("Statement " + id + " is not found in resource policy."));
  }
  Fault fault = check_not_deleting(**function);
  if (!fault) fault = check_policy_revision(call, *target);
  if (fault) return call.respond(*fault);
  all.erase(statement);
  fault = attach_policy(*target, policy->dump());
  if (fault) return call.respond(*fault);
  if (all.empty()) target->function->policies.erase(target->key);
  save(services, std::move(call), *target, empty_reply(204));
}

}  // namespace lmi::emulator::control_plane
