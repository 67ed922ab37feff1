#include "control_plane/policy_target.hpp"

#include "control_plane/identifiers.hpp"
#include "model/quotas.hpp"

#include <nlohmann/json.hpp>

namespace lmi::emulator::control_plane {

model::Result<PolicyTarget> policy_target(model::Function& function,
                                          const model::FunctionReference& reference,
                                          const model::Scope& scope) {
  const std::string& qualifier = reference.qualifier;
  if (qualifier.empty()) {
    return PolicyTarget{&function, std::string{model::latest}, function.arn(), &function.latest.revision_id};
  }
  if (const auto alias = function.aliases.find(qualifier); alias != function.aliases.end()) {
    return PolicyTarget{&function, qualifier, function.arn(qualifier), &alias->second.revision_id};
  }
  if (model::Version* version = function.find(qualifier)) {
    return PolicyTarget{&function, qualifier, function.arn(qualifier), &version->revision_id};
  }
  // Both texts are recorded: what cannot be an alias is looked for among the versions.
  const bool is_version = model::is_version_number(qualifier) || qualifier.find('$') != std::string::npos;
  if (is_version) return function_not_found(scope, reference);
  return alias_not_found(function, qualifier);
}

std::optional<nlohmann::ordered_json> attached_policy(const PolicyTarget& target) {
  const auto found = target.function->policies.find(target.key);
  if (found == target.function->policies.end()) return std::nullopt;
  return nlohmann::ordered_json::parse(found->second);
}

std::optional<model::ApiError> attach_policy(const PolicyTarget& target, const std::string& document) {
  if (document.size() > model::quotas::policy_bytes) {  // quoted in public reports
    return model::ApiError{"PolicyLengthExceededException",
                           "The final policy size (" + std::to_string(document.size()) +
                               ") is bigger than the limit (" + std::to_string(model::quotas::policy_bytes) +
                               ")."};
  }
  target.function->policies[target.key] = document;
  *target.revision_id = random_uuid();
  return std::nullopt;
}

}  // namespace lmi::emulator::control_plane
