#include "control_plane/actions.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lmi::emulator::control_plane {
namespace {

constexpr auto actions = std::to_array<std::pair<std::string_view, Action>>({
    {"CreateCapacityProvider", create_capacity_provider},
    {"UpdateCapacityProvider", update_capacity_provider},
    {"DeleteCapacityProvider", delete_capacity_provider},
    {"GetCapacityProvider", get_capacity_provider},
    {"ListCapacityProviders", list_capacity_providers},
    {"ListFunctionVersionsByCapacityProvider", list_function_versions_by_capacity_provider},
    {"CreateFunction", create_function},
    {"UpdateFunctionCode", update_function_code},
    {"UpdateFunctionConfiguration", update_function_configuration},
    {"DeleteFunction", delete_function},
    {"GetFunction", get_function},
    {"GetFunctionConfiguration", get_function_configuration},
    {"ListFunctions", list_functions},
    {"ListVersionsByFunction", list_versions_by_function},
    {"PublishVersion", publish_version},
    {"PutFunctionScalingConfig", put_function_scaling_config},
    {"GetFunctionScalingConfig", get_function_scaling_config},
    {"Invoke", invoke},
    {"GetAccountSettings", get_account_settings},

    {"CreateAlias", create_alias},
    {"GetAlias", get_alias},
    {"UpdateAlias", update_alias},
    {"DeleteAlias", delete_alias},
    {"ListAliases", list_aliases},
    {"PutFunctionConcurrency", put_function_concurrency},
    {"GetFunctionConcurrency", get_function_concurrency},
    {"DeleteFunctionConcurrency", delete_function_concurrency},
    {"PutProvisionedConcurrencyConfig", put_provisioned_concurrency_config},
    {"GetProvisionedConcurrencyConfig", get_provisioned_concurrency_config},
    {"DeleteProvisionedConcurrencyConfig", delete_provisioned_concurrency_config},
    {"ListProvisionedConcurrencyConfigs", list_provisioned_concurrency_configs},
    {"TagResource", tag_resource},
    {"UntagResource", untag_resource},
    {"ListTags", list_tags},
    {"AddPermission", add_permission},
    {"GetPolicy", get_policy},
    {"RemovePermission", remove_permission},
    {"PutResourcePolicy", put_resource_policy},
    {"GetResourcePolicy", get_resource_policy},
    {"DeleteResourcePolicy", delete_resource_policy},
    {"GetFunctionCodeSigningConfig", get_function_code_signing_config},
    {"PutFunctionRecursionConfig", put_function_recursion_config},
    {"GetFunctionRecursionConfig", get_function_recursion_config},
    {"PutRuntimeManagementConfig", put_runtime_management_config},
    {"GetRuntimeManagementConfig", get_runtime_management_config},

    {"PublishLayerVersion", publish_layer_version},
    {"GetLayerVersion", get_layer_version},
    {"GetLayerVersionByArn", get_layer_version_by_arn},
    {"DeleteLayerVersion", delete_layer_version},
    {"ListLayers", list_layers},
    {"ListLayerVersions", list_layer_versions},

    {"InvokeWithResponseStream", invoke_with_response_stream},
    {"CreateFunctionUrlConfig", create_function_url_config},
    {"UpdateFunctionUrlConfig", update_function_url_config},
    {"DeleteFunctionUrlConfig", delete_function_url_config},
    {"GetFunctionUrlConfig", get_function_url_config},
    {"ListFunctionUrlConfigs", list_function_url_configs},

    {"InvokeAsync", invoke_async},
    {"PutFunctionEventInvokeConfig", put_function_event_invoke_config},
    {"UpdateFunctionEventInvokeConfig", update_function_event_invoke_config},
    {"GetFunctionEventInvokeConfig", get_function_event_invoke_config},
    {"DeleteFunctionEventInvokeConfig", delete_function_event_invoke_config},
    {"ListFunctionEventInvokeConfigs", list_function_event_invoke_configs},
    {"CreateEventSourceMapping", create_event_source_mapping},
    {"UpdateEventSourceMapping", update_event_source_mapping},
    {"DeleteEventSourceMapping", delete_event_source_mapping},
    {"GetEventSourceMapping", get_event_source_mapping},
    {"ListEventSourceMappings", list_event_source_mappings},
});

}  // namespace

Action action_for(std::string_view operation) {
  const auto found = std::find_if(actions.begin(), actions.end(),
                                  [operation](const auto& entry) { return entry.first == operation; });
  return found == actions.end() ? nullptr : found->second;
}

std::string supported_operations() {
  std::string names;
  for (const auto& [name, action] : actions) {
    if (!names.empty()) names += ", ";
    names += name;
  }
  return names;
}

}  // namespace lmi::emulator::control_plane
