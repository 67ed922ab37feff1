#include "control_plane/actions.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lmi::emulator::control_plane {
namespace {

constexpr std::array<std::pair<std::string_view, Action>, 30> actions = {{
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
}};

}  // namespace

Action action_for(std::string_view operation) {
  const auto found = std::find_if(actions.begin(), actions.end(),
                                  [operation](const auto& entry) { return entry.first == operation; });
  return found == actions.end() ? nullptr : found->second;
}

}  // namespace lmi::emulator::control_plane
