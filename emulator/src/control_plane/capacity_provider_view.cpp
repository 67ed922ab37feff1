#include "control_plane/capacity_provider_view.hpp"

#include <nlohmann/json.hpp>

namespace lmi::emulator::control_plane {
namespace {

const char* state_name(model::CapacityProvider::State state) {
  switch (state) {
    case model::CapacityProvider::State::pending: return "Pending";
    case model::CapacityProvider::State::active: return "Active";
    case model::CapacityProvider::State::deleting: return "Deleting";
  }
  return "Failed";
}

}  // namespace

nlohmann::json capacity_provider_view(const model::CapacityProvider& provider) {
  using nlohmann::json;
  json requirements = {{"Architectures", {provider.architecture}}};
  if (!provider.allowed_types.empty()) requirements["AllowedInstanceTypes"] = provider.allowed_types;
  if (!provider.excluded_types.empty()) requirements["ExcludedInstanceTypes"] = provider.excluded_types;

  json scaling = {{"MaxVCpuCount", provider.max_vcpus},
                  {"ScalingMode", provider.manual_scaling ? "Manual" : "Auto"}};
  for (const model::ScalingPolicy& policy : provider.policies) {
    scaling["ScalingPolicies"].push_back(
        {{"PredefinedMetricType", policy.metric}, {"TargetValue", policy.target}});
  }

  json view = {
      {"CapacityProviderArn", provider.arn()},
      {"State", state_name(provider.state)},
      {"VpcConfig", {{"SubnetIds", provider.subnet_ids}, {"SecurityGroupIds", provider.security_group_ids}}},
      {"PermissionsConfig", {{"CapacityProviderOperatorRoleArn", provider.operator_role_arn}}},
      {"InstanceRequirements", std::move(requirements)},
      {"CapacityProviderScalingConfig", std::move(scaling)},
      {"LastModified", provider.last_modified},
  };
  if (!provider.kms_key_arn.empty()) view["KmsKeyArn"] = provider.kms_key_arn;
  if (!provider.propagate_tags.empty()) view["PropagateTags"] = json::parse(provider.propagate_tags);
  if (!provider.telemetry.empty()) view["TelemetryConfig"] = json::parse(provider.telemetry);
  return view;
}

}  // namespace lmi::emulator::control_plane
