#include "control_plane/capacity_provider_input.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;
using Strings = std::vector<std::string>;

std::optional<model::ApiError> read_requirements(const json& input, model::CapacityProvider& provider) {
  provider.architecture = input.value("Architectures", Strings{provider.architecture}).front();
  provider.allowed_types = input.value("AllowedInstanceTypes", Strings{});
  provider.excluded_types = input.value("ExcludedInstanceTypes", Strings{});
  if (!provider.allowed_types.empty() && !provider.excluded_types.empty()) {
    // That it is refused is documented; the text is ours.
    return model::invalid_parameter("You can't specify both AllowedInstanceTypes and ExcludedInstanceTypes.");
  }
  return std::nullopt;
}

std::optional<model::ApiError> read_scaling(const json& input, model::CapacityProvider& provider) {
  provider.max_vcpus = input.value("MaxVCpuCount", provider.max_vcpus);
  if (input.contains("ScalingMode")) {
    provider.manual_scaling = input.at("ScalingMode") == "Manual";
    if (!provider.manual_scaling) provider.policies.clear();
  }
  if (input.contains("ScalingPolicies")) {
    provider.policies.clear();
    for (const json& policy : input.at("ScalingPolicies")) {
      provider.policies.push_back({policy.at("PredefinedMetricType"), policy.at("TargetValue")});
    }
  }
  if (!provider.manual_scaling && !provider.policies.empty()) {
    // Seen in a report of a real deployment.
    return model::invalid_parameter(
        "A scaling policy can't be specified when the scalingMode is set to Auto");
  }
  if (provider.manual_scaling && provider.policies.empty()) {
    // AWS CDK checks this before it deploys; the text is ours.
    return model::invalid_parameter(
        "A scaling policy must be specified when the scalingMode is set to Manual");
  }
  return std::nullopt;
}

}  // namespace

std::optional<model::ApiError> read_capacity_provider(const json& input, model::CapacityProvider& provider) {
  if (input.contains("VpcConfig")) {
    provider.subnet_ids = input.at("VpcConfig").at("SubnetIds").get<Strings>();
    provider.security_group_ids = input.at("VpcConfig").at("SecurityGroupIds").get<Strings>();
  }
  if (input.contains("PermissionsConfig")) {
    provider.operator_role_arn =
        input.at("PermissionsConfig").at("CapacityProviderOperatorRoleArn").get<std::string>();
  }
  if (input.contains("InstanceRequirements")) {
    if (auto error = read_requirements(input.at("InstanceRequirements"), provider)) return error;
  }
  if (input.contains("CapacityProviderScalingConfig")) {
    if (auto error = read_scaling(input.at("CapacityProviderScalingConfig"), provider)) return error;
  }
  provider.kms_key_arn = input.value("KmsKeyArn", provider.kms_key_arn);
  provider.tags = input.value("Tags", provider.tags);
  if (input.contains("PropagateTags")) provider.propagate_tags = input.at("PropagateTags").dump();
  if (input.contains("TelemetryConfig")) provider.telemetry = input.at("TelemetryConfig").dump();
  return std::nullopt;
}

}  // namespace lmi::emulator::control_plane
