#include "control_plane/deployment.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace lmi::emulator::control_plane {

VersionDeployment make_deployment(const model::Function& function, const model::Version& version,
                                  const model::FunctionConfiguration& configuration,
                                  const store::PackageStore& packages) {
  const model::ManagedInstances managed = configuration.managed.value_or(model::ManagedInstances{});
  VersionDeployment deployment;
  deployment.key = {function.name, version.qualifier};
  deployment.arn = function.arn(version.qualifier);
  deployment.provider = managed.provider;
  deployment.handler = configuration.handler;
  deployment.memory_mb = configuration.memory_mb;
  deployment.gib_per_vcpu = managed.gib_per_vcpu;
  deployment.max_concurrency = managed.max_concurrency;
  deployment.ephemeral_storage_mb = configuration.ephemeral_storage_mb;
  deployment.timeout = std::chrono::seconds{configuration.timeout_seconds};
  if (configuration.variables) deployment.variables = *configuration.variables;
  deployment.log_format = configuration.logging.format;
  deployment.system_log_level = configuration.logging.system_level;
  deployment.log_level = configuration.logging.application_level;
  deployment.log_group = configuration.logging.group;
  deployment.task_root = packages.path(configuration.code.sha256);
  if (!configuration.opt.empty()) deployment.opt_root = packages.path(configuration.opt);
  deployment.min_environments = version.scaling.effective_min();
  deployment.max_environments = version.scaling.max_environments;
  return deployment;
}

ProviderDeployment make_deployment(const model::CapacityProvider& provider) {
  ProviderDeployment deployment;
  deployment.name = provider.name;
  deployment.architecture = provider.architecture;
  deployment.subnet_ids = provider.subnet_ids;
  deployment.max_vcpus = provider.max_vcpus;
  deployment.allowed_types = provider.allowed_types;
  deployment.excluded_types = provider.excluded_types;
  deployment.arn = provider.arn();
  deployment.log_group = "/aws/lambda/capacity-provider/" + provider.name;  // control-plane.md §4 (API model)
  if (!provider.telemetry.empty()) {
    const auto telemetry = nlohmann::json::parse(provider.telemetry);
    const auto logging = telemetry.value("LoggingConfig", nlohmann::json::object());
    deployment.log_group = logging.value("LogGroup", deployment.log_group);
    deployment.log_level = logging.value("SystemLogLevel", deployment.log_level);
  }
  if (provider.manual_scaling) {
    // The one metric there is (control-plane.md §4) is CPU; the most cautious of several targets counts.
    for (const model::ScalingPolicy& policy : provider.policies) {
      deployment.cpu_target_percent =
          std::min(policy.target, deployment.cpu_target_percent.value_or(policy.target));
    }
    // The API takes a target of 0, which no fleet can keep: the least is that of auto_cpu_target_percent.
    if (deployment.cpu_target_percent)
      deployment.cpu_target_percent = std::max(*deployment.cpu_target_percent, 1.0);
  }
  return deployment;
}

}  // namespace lmi::emulator::control_plane
