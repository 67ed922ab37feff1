#pragma once

#include <string>
#include <string_view>

namespace lmi::emulator::control_plane {

struct Call;
struct Services;

/// Performs one operation: checks what the model cannot say, changes the registry, answers once the store has
/// it.
using Action = void (*)(Services& services, Call call);

/// nullptr for operations of the API that this emulator does not perform yet.
Action action_for(std::string_view operation);

/// The names of those it performs: "CreateFunction, GetFunction, …".
std::string supported_operations();

// capacity_provider_writes.cpp, capacity_provider_reads.cpp
void create_capacity_provider(Services&, Call);
void update_capacity_provider(Services&, Call);
void delete_capacity_provider(Services&, Call);
void get_capacity_provider(Services&, Call);
void list_capacity_providers(Services&, Call);
void list_function_versions_by_capacity_provider(Services&, Call);

// create_function.cpp, update_function.cpp, delete_function.cpp, function_reads.cpp
void create_function(Services&, Call);
void update_function_code(Services&, Call);
void update_function_configuration(Services&, Call);
void delete_function(Services&, Call);
void get_function(Services&, Call);
void get_function_configuration(Services&, Call);
void list_functions(Services&, Call);
void list_versions_by_function(Services&, Call);

// publish_version.cpp, scaling_config.cpp, invoke.cpp, account.cpp
void publish_version(Services&, Call);
void put_function_scaling_config(Services&, Call);
void get_function_scaling_config(Services&, Call);
void invoke(Services&, Call);
void get_account_settings(Services&, Call);

// alias_writes.cpp, alias_reads.cpp
void create_alias(Services&, Call);
void get_alias(Services&, Call);
void update_alias(Services&, Call);
void delete_alias(Services&, Call);
void list_aliases(Services&, Call);

// reserved_concurrency.cpp, provisioned_concurrency.cpp
void put_function_concurrency(Services&, Call);
void get_function_concurrency(Services&, Call);
void delete_function_concurrency(Services&, Call);
void put_provisioned_concurrency_config(Services&, Call);
void get_provisioned_concurrency_config(Services&, Call);
void delete_provisioned_concurrency_config(Services&, Call);
void list_provisioned_concurrency_configs(Services&, Call);

// tags.cpp
void tag_resource(Services&, Call);
void untag_resource(Services&, Call);
void list_tags(Services&, Call);

// permissions.cpp, resource_policy.cpp
void add_permission(Services&, Call);
void get_policy(Services&, Call);
void remove_permission(Services&, Call);
void put_resource_policy(Services&, Call);
void get_resource_policy(Services&, Call);
void delete_resource_policy(Services&, Call);

// function_management.cpp, runtime_management.cpp
void get_function_code_signing_config(Services&, Call);
void put_function_recursion_config(Services&, Call);
void get_function_recursion_config(Services&, Call);
void put_runtime_management_config(Services&, Call);
void get_runtime_management_config(Services&, Call);
// layers.cpp
void publish_layer_version(Services&, Call);
void get_layer_version(Services&, Call);
void get_layer_version_by_arn(Services&, Call);
void delete_layer_version(Services&, Call);
void list_layers(Services&, Call);
void list_layer_versions(Services&, Call);
// invoke_streaming.cpp
void invoke_with_response_stream(Services&, Call);

// url_config_writes.cpp, url_config_reads.cpp
void create_function_url_config(Services&, Call);
void update_function_url_config(Services&, Call);
void delete_function_url_config(Services&, Call);
void get_function_url_config(Services&, Call);
void list_function_url_configs(Services&, Call);
// event_invoke.cpp, event_invoke_config.cpp
void invoke_async(Services&, Call);
void put_function_event_invoke_config(Services&, Call);
void update_function_event_invoke_config(Services&, Call);
void get_function_event_invoke_config(Services&, Call);
void delete_function_event_invoke_config(Services&, Call);
void list_function_event_invoke_configs(Services&, Call);

// event_source_mapping_writes.cpp, event_source_mapping_reads.cpp
void create_event_source_mapping(Services&, Call);
void update_event_source_mapping(Services&, Call);
void delete_event_source_mapping(Services&, Call);
void get_event_source_mapping(Services&, Call);
void list_event_source_mappings(Services&, Call);

}  // namespace lmi::emulator::control_plane
