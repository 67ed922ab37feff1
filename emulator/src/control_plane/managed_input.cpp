#include "control_plane/managed_input.hpp"

#include "control_plane/capacity_provider_checks.hpp"
#include "model/quotas.hpp"
#include "model/runtimes.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <string>

namespace lmi::emulator::control_plane {
namespace {

std::string shown(double number) {
  return nlohmann::json(number).dump();
}

}  // namespace

model::Result<model::ManagedInstances> read_managed(const nlohmann::json& input,
                                                    const std::optional<model::ManagedInstances>& before,
                                                    Registry& registry, const model::Scope& scope) {
  const nlohmann::json& given =
      input.at("CapacityProviderConfig").at("LambdaManagedInstancesCapacityProviderConfig");
  const auto provider = registry.provider(given.at("CapacityProviderArn").get<std::string>(), scope);
  if (!provider) return provider.error();
  if (auto fault = check_not_deleting(**provider)) return *std::move(fault);
  model::ManagedInstances managed = before.value_or(model::ManagedInstances{.max_concurrency = 0});
  managed.provider = (*provider)->name;
  managed.provider_arn = (*provider)->arn();
  managed.gib_per_vcpu = given.value("ExecutionEnvironmentMemoryGiBPerVCpu", managed.gib_per_vcpu);
  managed.max_concurrency = given.value("PerExecutionEnvironmentMaxConcurrency", managed.max_concurrency);
  return managed;
}

std::optional<model::ApiError> check_provider(const model::FunctionConfiguration& configuration,
                                              Registry& registry, const model::Scope& scope) {
  if (!configuration.managed) return std::nullopt;
  const auto provider = registry.provider(configuration.managed->provider, scope);
  return provider ? check_not_deleting(**provider) : provider.error();
}

std::optional<model::ApiError> complete_managed(model::FunctionConfiguration& configuration,
                                                const Registry& registry) {
  if (!configuration.managed) return std::nullopt;
  model::ManagedInstances& managed = *configuration.managed;
  if (configuration.memory_mb <
      model::quotas::managed_memory_mb_min) {  // seen in a report of a real deployment
    return model::invalid_parameter(
        "Lambda Managed Instance functions must have memory size greater than or equal to " +
        std::to_string(model::quotas::managed_memory_mb_min));
  }
  // The rules below are documented; their texts are ours.
  const double vcpus = configuration.memory_mb / 1024.0 / managed.gib_per_vcpu;
  if (vcpus < 1.0 || vcpus != std::floor(vcpus)) {
    return model::invalid_parameter("MemorySize of " + std::to_string(configuration.memory_mb) +
                                    " MB must be a multiple of the memory for one vCPU, which " +
                                    "ExecutionEnvironmentMemoryGiBPerVCpu sets to " +
                                    shown(managed.gib_per_vcpu) + " GiB.");
  }
  const auto whole_vcpus = static_cast<unsigned>(vcpus);
  if (managed.max_concurrency == 0) {
    managed.max_concurrency =
        whole_vcpus * model::managed_concurrency_per_vcpu(configuration.runtime).value_or(1);
  }
  const unsigned most = whole_vcpus * model::quotas::managed_concurrency_per_vcpu_max;
  if (managed.max_concurrency > most) {
    return model::invalid_parameter(
        "PerExecutionEnvironmentMaxConcurrency of " + std::to_string(managed.max_concurrency) + " exceeds " +
        std::to_string(most) + ": an execution environment of " + std::to_string(whole_vcpus) +
        " vCPU takes at most 64 invocations for each vCPU.");
  }
  const auto provider = registry.providers.find(managed.provider);
  if (provider != registry.providers.end() && provider->second.architecture != configuration.architecture) {
    return model::invalid_parameter("The function's architecture (" + configuration.architecture +
                                    ") must be that of its capacity provider (" +
                                    provider->second.architecture + ").");
  }
  return std::nullopt;
}

}  // namespace lmi::emulator::control_plane
