#pragma once

#include "control_plane/registry.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>

namespace lmi::emulator::control_plane {

/// What a resource policy is attached to: a function, a version or an alias.
struct PolicyTarget {
  model::Function* function;
  std::string key;           ///< In Function::policies.
  std::string arn;           ///< As statements name it.
  std::string* revision_id;  ///< Changes with the policy.
};

/// `function` is the one `reference` names. Errors: no such alias or version, in AWS's words.
model::Result<PolicyTarget> policy_target(model::Function& function,
                                          const model::FunctionReference& reference,
                                          const model::Scope& scope);

/// The policy attached to it, or nullopt.
std::optional<nlohmann::ordered_json> attached_policy(const PolicyTarget& target);

/// Attaches `document`, which must not be longer than the quota, and makes a new revision. Errors: too long.
std::optional<model::ApiError> attach_policy(const PolicyTarget& target, const std::string& document);

}  // namespace lmi::emulator::control_plane
