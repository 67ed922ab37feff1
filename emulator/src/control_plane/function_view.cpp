#include "control_plane/function_view.hpp"

#include "control_plane/digests.hpp"

#include <nlohmann/json.hpp>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

const char* update_state_name(model::UpdateState state) {
  switch (state) {
    case model::UpdateState::none: return nullptr;
    case model::UpdateState::in_progress: return "InProgress";
    case model::UpdateState::successful: return "Successful";
    case model::UpdateState::failed: return "Failed";
  }
  return nullptr;
}

void put_text(json& view, const char* member, const std::string& text) {
  if (!text.empty()) view[member] = text;
}

void put_status(json& view, const model::VersionStatus& status) {
  view["State"] = version_state_name(status.state);
  put_text(view, "StateReason", status.reason);
  put_text(view, "StateReasonCode", status.reason_code);
  if (const char* update = update_state_name(status.update)) view["LastUpdateStatus"] = update;
  put_text(view, "LastUpdateStatusReason", status.update_reason);
  put_text(view, "LastUpdateStatusReasonCode", status.update_reason_code);
}

json logging_view(const model::LoggingConfig& logging) {
  json view = {{"LogFormat", logging.format}, {"LogGroup", logging.group}};
  put_text(view, "ApplicationLogLevel", logging.application_level);
  put_text(view, "SystemLogLevel", logging.system_level);
  return view;
}

void put_managed(json& view, const model::ManagedInstances& managed) {
  const json config = {{"LambdaManagedInstancesCapacityProviderConfig",
                        {{"CapacityProviderArn", managed.provider_arn},
                         {"PerExecutionEnvironmentMaxConcurrency", managed.max_concurrency},
                         {"ExecutionEnvironmentMemoryGiBPerVCpu", managed.gib_per_vcpu}}}};
  view["ConfigSha256"] = sha256_hex(config.dump());
  view["CapacityProviderConfig"] = config;
}

/// Known only where the caller fixed it: the emulator runs the runtime of the package.
void put_runtime_version(json& view, const model::Function& function, const model::Version& version) {
  const auto found = function.runtime_management.find(version.qualifier);
  if (found == function.runtime_management.end() || found->second.runtime_version_arn.empty()) return;
  view["RuntimeVersionConfig"] = {{"RuntimeVersionArn", found->second.runtime_version_arn}};
}

}  // namespace

const char* version_state_name(model::VersionState state) {
  switch (state) {
    case model::VersionState::pending: return "Pending";
    case model::VersionState::active: return "Active";
    case model::VersionState::active_non_invocable: return "ActiveNonInvocable";
    case model::VersionState::deactivating: return "Deactivating";
    case model::VersionState::deactivated: return "Deactivated";
    case model::VersionState::failed: return "Failed";
    case model::VersionState::deleting: return "Deleting";
  }
  return "Failed";
}

json function_view(const model::Function& function, const model::Version& version, bool qualified_arn,
                   ViewKind kind) {
  const model::FunctionConfiguration& configuration = version.configuration;
  json view = configuration.echoed.empty() ? json::object() : json::parse(configuration.echoed);
  view.update({{"FunctionName", function.name},
               {"FunctionArn", qualified_arn ? function.arn(version.qualifier) : function.arn()},
               {"Version", version.qualifier},
               {"Role", configuration.role},
               {"Runtime", configuration.runtime},
               {"Handler", configuration.handler},
               {"Description", configuration.description},
               {"Timeout", configuration.timeout_seconds},
               {"MemorySize", configuration.memory_mb},
               {"CodeSize", configuration.code.zipped_bytes},
               {"CodeSha256", hex_to_base64(configuration.code.sha256)},
               {"LastModified", version.last_modified},
               {"RevisionId", version.revision_id},
               {"PackageType", "Zip"},
               {"Architectures", {configuration.architecture}},
               {"EphemeralStorage", {{"Size", configuration.ephemeral_storage_mb}}},
               {"LoggingConfig", logging_view(configuration.logging)}});
  if (!view.contains("TracingConfig")) view["TracingConfig"] = {{"Mode", "PassThrough"}};
  for (const model::UsedLayer& layer : configuration.layers) {
    view["Layers"].push_back({{"Arn", layer.arn}, {"CodeSize", layer.code.zipped_bytes}});
  }
  if (configuration.variables) view["Environment"] = {{"Variables", *configuration.variables}};
  if (configuration.managed) {
    put_managed(view, *configuration.managed);
  } else {
    view["SnapStart"] = {{"ApplyOn", "None"}, {"OptimizationStatus", "Off"}};
  }
  if (kind == ViewKind::full) {
    put_status(view, version.status);
    put_runtime_version(view, function, version);
  }
  return view;
}

}  // namespace lmi::emulator::control_plane
