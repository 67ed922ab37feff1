#include "store/record_json.hpp"

#include "store/event_invoke_config_json.hpp"
#include "store/function_settings_json.hpp"
#include "store/function_url_json.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <utility>

namespace lmi::emulator::model {

using nlohmann::json;

NLOHMANN_JSON_SERIALIZE_ENUM(CapacityProvider::State, {{CapacityProvider::State::pending, "pending"},
                                                       {CapacityProvider::State::active, "active"},
                                                       {CapacityProvider::State::deleting, "deleting"}})
NLOHMANN_JSON_SERIALIZE_ENUM(VersionState, {{VersionState::pending, "pending"},
                                            {VersionState::active, "active"},
                                            {VersionState::active_non_invocable, "active_non_invocable"},
                                            {VersionState::deactivating, "deactivating"},
                                            {VersionState::deactivated, "deactivated"},
                                            {VersionState::failed, "failed"},
                                            {VersionState::deleting, "deleting"}})
NLOHMANN_JSON_SERIALIZE_ENUM(UpdateState, {{UpdateState::none, "none"},
                                           {UpdateState::in_progress, "in_progress"},
                                           {UpdateState::successful, "successful"},
                                           {UpdateState::failed, "failed"}})

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Scope, region, account_id)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ScalingPolicy, metric, target)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(CapacityProvider, name, scope, state, subnet_ids,
                                                security_group_ids, operator_role_arn, architecture,
                                                allowed_types, excluded_types, max_vcpus, manual_scaling,
                                                policies, kms_key_arn, tags, propagate_tags, telemetry,
                                                last_modified)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(CodePackage, sha256, zipped_bytes, unzipped_bytes,
                                                source_kms_key_arn)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(UsedLayer, arn, code)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ManagedInstances, provider, provider_arn, max_concurrency,
                                                gib_per_vcpu)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(LoggingConfig, format, application_level, system_level, group)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(VersionStatus, state, reason, reason_code, update,
                                                update_reason, update_reason_code)

namespace {

template <class T>
void put(json& to, const char* key, const std::optional<T>& value) {
  if (value) to[key] = *value;
}

template <class T>
void get(const json& from, const char* key, std::optional<T>& value) {
  if (const auto at = from.find(key); at != from.end()) value = at->template get<T>();
}

}  // namespace

void to_json(json& to, const ScalingConfig& scaling) {
  to = json::object();
  put(to, "min", scaling.min_environments);
  put(to, "max", scaling.max_environments);
}
void from_json(const json& from, ScalingConfig& scaling) {
  get(from, "min", scaling.min_environments);
  get(from, "max", scaling.max_environments);
}

void to_json(json& to, const FunctionConfiguration& configuration) {
  to = {{"role", configuration.role},
        {"runtime", configuration.runtime},
        {"handler", configuration.handler},
        {"description", configuration.description},
        {"timeout_seconds", configuration.timeout_seconds},
        {"memory_mb", configuration.memory_mb},
        {"architecture", configuration.architecture},
        {"ephemeral_storage_mb", configuration.ephemeral_storage_mb},
        {"logging", configuration.logging},
        {"echoed", configuration.echoed},
        {"code", configuration.code},
        {"layers", configuration.layers},
        {"opt", configuration.opt}};
  put(to, "variables", configuration.variables);
  put(to, "managed", configuration.managed);
}
void from_json(const json& from, FunctionConfiguration& configuration) {
  const FunctionConfiguration defaults;
  configuration.role = from.value("role", defaults.role);
  configuration.runtime = from.value("runtime", defaults.runtime);
  configuration.handler = from.value("handler", defaults.handler);
  configuration.description = from.value("description", defaults.description);
  configuration.timeout_seconds = from.value("timeout_seconds", defaults.timeout_seconds);
  configuration.memory_mb = from.value("memory_mb", defaults.memory_mb);
  configuration.architecture = from.value("architecture", defaults.architecture);
  configuration.ephemeral_storage_mb = from.value("ephemeral_storage_mb", defaults.ephemeral_storage_mb);
  configuration.logging = from.value("logging", defaults.logging);
  configuration.echoed = from.value("echoed", defaults.echoed);
  configuration.code = from.value("code", defaults.code);
  configuration.layers = from.value("layers", defaults.layers);
  configuration.opt = from.value("opt", defaults.opt);
  get(from, "variables", configuration.variables);
  get(from, "managed", configuration.managed);
}

void to_json(json& to, const Version& version) {
  to = {{"qualifier", version.qualifier},
        {"configuration", version.configuration},
        {"status", version.status},
        {"scaling", version.scaling},
        {"last_modified", version.last_modified},
        {"revision_id", version.revision_id}};
  put(to, "serving", version.serving);
  put(to, "latest_description", version.latest_description);
}
void from_json(const json& from, Version& version) {
  version.qualifier = from.value("qualifier", "");
  version.configuration = from.value("configuration", FunctionConfiguration{});
  version.status = from.value("status", VersionStatus{});
  version.scaling = from.value("scaling", ScalingConfig{});
  version.last_modified = from.value("last_modified", "");
  version.revision_id = from.value("revision_id", "");
  get(from, "serving", version.serving);
  get(from, "latest_description", version.latest_description);
}

void to_json(json& to, const Function& function) {
  json numbered = json::array();
  for (const auto& [number, version] : function.numbered)
    numbered.push_back({{"number", number}, {"version", version}});
  to = {{"name", function.name},
        {"scope", function.scope},
        {"latest", function.latest},
        {"numbered", std::move(numbered)},
        {"next_version", function.next_version},
        {"tags", function.tags},
        {"event_invoke_configs", function.event_invoke_configs}};
  put(to, "published", function.published);
  store::put_settings(to, function);
  for (const auto& [qualifier, url] : function.urls) to["urls"].push_back(url);
}
void from_json(const json& from, Function& function) {
  function.name = from.at("name").get<std::string>();
  function.scope = from.value("scope", Scope{});
  function.latest = from.at("latest").get<Version>();
  function.next_version = from.value("next_version", 1U);
  function.tags = from.value("tags", decltype(function.tags){});
  function.event_invoke_configs = from.value("event_invoke_configs", EventInvokeConfigs{});
  for (const json& entry : from.value("numbered", json::array())) {
    function.numbered[entry.at("number").get<unsigned>()] = entry.at("version").get<Version>();
  }
  get(from, "published", function.published);
  store::get_settings(from, function);
  for (const json& entry : from.value("urls", json::array())) {
    auto url = entry.get<FunctionUrl>();
    function.urls.emplace(url.qualifier, std::move(url));
  }
}

}  // namespace lmi::emulator::model

namespace lmi::emulator::store {

using nlohmann::json;

std::string to_document(const model::CapacityProvider& provider) {
  return json(provider).dump();
}
std::string to_document(const model::Function& function) {
  return json(function).dump();
}

namespace {

template <class T>
T from_document(std::string_view document) {
  try {
    return json::parse(document).get<T>();
  } catch (const json::exception& error) {
    throw std::runtime_error{std::string{"a record cannot be read: "} + error.what()};
  }
}

}  // namespace

model::CapacityProvider provider_from_document(std::string_view document) {
  return from_document<model::CapacityProvider>(document);
}
model::Function function_from_document(std::string_view document) {
  return from_document<model::Function>(document);
}

}  // namespace lmi::emulator::store
