#include "store/function_settings_json.hpp"

#include <nlohmann/json.hpp>

namespace lmi::emulator::model {

using nlohmann::json;

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Alias::SecondVersion, qualifier, weight)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ProvisionedConcurrency, requested, last_modified)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(RuntimeManagement, update_on, runtime_version_arn)

void to_json(json& to, const Alias& alias) {
  to = {{"name", alias.name},
        {"version", alias.version},
        {"description", alias.description},
        {"revision_id", alias.revision_id}};
  if (alias.second) to["second"] = *alias.second;
}
void from_json(const json& from, Alias& alias) {
  alias.name = from.at("name").get<std::string>();
  alias.version = from.at("version").get<std::string>();
  alias.description = from.value("description", "");
  alias.revision_id = from.value("revision_id", "");
  if (from.contains("second")) alias.second = from.at("second").get<Alias::SecondVersion>();
}

}  // namespace lmi::emulator::model

namespace lmi::emulator::store {
namespace {

using nlohmann::json;

template <class Map>
void put_map(json& record, const char* key, const Map& map) {
  if (map.empty()) return;
  json& object = record[key] = json::object();
  for (const auto& [name, value] : map) object[name] = value;
}

template <class Map>
void get_map(const json& record, const char* key, Map& map) {
  const auto object = record.find(key);
  if (object == record.end()) return;
  for (const auto& [name, value] : object->items()) {
    map[name] = value.template get<typename Map::mapped_type>();
  }
}

}  // namespace

void put_settings(json& record, const model::Function& function) {
  put_map(record, "aliases", function.aliases);
  put_map(record, "provisioned_concurrency", function.provisioned_concurrency);
  put_map(record, "policies", function.policies);
  put_map(record, "runtime_management", function.runtime_management);
  if (function.reserved_concurrency) record["reserved_concurrency"] = *function.reserved_concurrency;
  if (function.allows_recursion) record["allows_recursion"] = true;
}

void get_settings(const json& record, model::Function& function) {
  get_map(record, "aliases", function.aliases);
  get_map(record, "provisioned_concurrency", function.provisioned_concurrency);
  get_map(record, "policies", function.policies);
  get_map(record, "runtime_management", function.runtime_management);
  if (record.contains("reserved_concurrency")) {
    function.reserved_concurrency = record.at("reserved_concurrency").get<unsigned>();
  }
  function.allows_recursion = record.value("allows_recursion", false);
}

}  // namespace lmi::emulator::store
