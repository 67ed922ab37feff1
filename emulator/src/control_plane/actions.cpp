#include "control_plane/actions.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lmi::emulator::control_plane {
namespace {

constexpr std::array<std::pair<std::string_view, Action>, 25> actions = {{
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
    {"InvokeWithResponseStream", invoke_with_response_stream},
    {"CreateFunctionUrlConfig", create_function_url_config},
    {"UpdateFunctionUrlConfig", update_function_url_config},
    {"DeleteFunctionUrlConfig", delete_function_url_config},
    {"GetFunctionUrlConfig", get_function_url_config},
    {"ListFunctionUrlConfigs", list_function_url_configs},
}};

}  // namespace

Action action_for(std::string_view operation) {
  const auto found = std::find_if(actions.begin(), actions.end(),
                                  [operation](const auto& entry) { return entry.first == operation; });
  return found == actions.end() ? nullptr : found->second;
}

}  // namespace lmi::emulator::control_plane
