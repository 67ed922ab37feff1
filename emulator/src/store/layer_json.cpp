#include "store/layer_json.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace lmi::emulator::store {
namespace {

using nlohmann::json;

json to_json(const model::LayerVersion& version) {
  return {{"number", version.number},
          {"description", version.description},
          {"license", version.license},
          {"compatible_runtimes", version.compatible_runtimes},
          {"compatible_architectures", version.compatible_architectures},
          {"created", version.created},
          {"sha256", version.code.sha256},
          {"zipped_bytes", version.code.zipped_bytes},
          {"unzipped_bytes", version.code.unzipped_bytes}};
}

model::LayerVersion version_from(const json& from) {
  model::LayerVersion version;
  version.number = from.at("number").get<unsigned>();
  version.description = from.value("description", "");
  version.license = from.value("license", "");
  version.compatible_runtimes = from.value("compatible_runtimes", version.compatible_runtimes);
  version.compatible_architectures = from.value("compatible_architectures", version.compatible_architectures);
  version.created = from.value("created", "");
  version.code.sha256 = from.at("sha256").get<std::string>();
  version.code.zipped_bytes = from.value("zipped_bytes", std::uint64_t{0});
  version.code.unzipped_bytes = from.value("unzipped_bytes", std::uint64_t{0});
  return version;
}

}  // namespace

std::string to_document(const model::Layer& layer) {
  json versions = json::array();
  for (const auto& [number, version] : layer.versions) versions.push_back(to_json(version));
  return json{{"name", layer.name},
              {"region", layer.scope.region},
              {"account_id", layer.scope.account_id},
              {"next_version", layer.next_version},
              {"versions", versions}}
      .dump();
}

model::Layer layer_from_document(std::string_view document) {
  try {
    const json from = json::parse(document);
    model::Layer layer;
    layer.name = from.at("name").get<std::string>();
    layer.scope = {from.at("region").get<std::string>(), from.at("account_id").get<std::string>()};
    layer.next_version = from.at("next_version").get<unsigned>();
    for (const json& version : from.at("versions")) {
      model::LayerVersion read = version_from(version);
      const unsigned number = read.number;
      layer.versions.emplace(number, std::move(read));
    }
    return layer;
  } catch (const json::exception& error) {
    throw std::runtime_error{std::string{"a layer's record cannot be read: "} + error.what()};
  }
}

}  // namespace lmi::emulator::store
