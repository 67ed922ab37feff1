#include "control_plane/actions.hpp"
#include "control_plane/code_input.hpp"
#include "control_plane/digests.hpp"
#include "control_plane/pages.hpp"
#include "control_plane/services.hpp"
#include "store/layer_json.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

constexpr std::size_t page_size = 50;  // the model's ceiling for MaxItems

/// What lists show of a version.
json listed_view(const model::Layer& layer, const model::LayerVersion& version) {
  json view = {{"LayerVersionArn", layer.arn(version.number)},
               {"Version", version.number},
               {"Description", version.description},
               {"CreatedDate", version.created}};
  if (!version.license.empty()) view["LicenseInfo"] = version.license;
  if (!version.compatible_runtimes.empty()) view["CompatibleRuntimes"] = version.compatible_runtimes;
  if (!version.compatible_architectures.empty()) {
    view["CompatibleArchitectures"] = version.compatible_architectures;
  }
  return view;
}

json whole_view(const Services& services, const model::Layer& layer, const model::LayerVersion& version) {
  json view = listed_view(layer, version);
  view["LayerArn"] = layer.arn();
  // AWS gives a link to S3; here the unpacked content lies on this machine.
  view["Content"] = {{"Location", "file://" + services.store.packages().path(version.code.sha256).string()},
                     {"CodeSha256", hex_to_base64(version.code.sha256)},
                     {"CodeSize", version.code.zipped_bytes}};
  return view;
}

/// A key by which higher numbers come first.
std::string newest_first(unsigned number) {
  std::string key = std::to_string(std::numeric_limits<unsigned>::max() - number);
  return key.insert(0, 10 - std::min<std::size_t>(key.size(), 10), '0');
}

bool contains(const std::vector<std::string>& list, const std::string& wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

/// CompatibleRuntime and CompatibleArchitecture of a list operation.
bool matches(const Call& call, const model::LayerVersion& version) {
  const std::string runtime = call.text("CompatibleRuntime");
  const std::string architecture = call.text("CompatibleArchitecture");
  return (runtime.empty() || contains(version.compatible_runtimes, runtime)) &&
         (architecture.empty() || contains(version.compatible_architectures, architecture));
}

/// The layer a call names, or nullptr.
model::Layer* find_layer(Services& services, const Call& call, const model::LayerReference& reference) {
  const std::string& region = reference.region.empty() ? call.scope.region : reference.region;
  if (region != call.scope.region) return nullptr;
  const auto found = services.registry.layers.find(layer_key(region, reference.name));
  return found == services.registry.layers.end() ? nullptr : &found->second;
}

store::Change saved(const model::Layer& layer) {
  return store::PutDocument{
      {store::layer_kind, layer_key(layer.scope.region, layer.name), store::to_document(layer)}};
}

model::ApiError no_such_layer() {  // recorded for other resources
  return model::not_found("The resource you requested does not exist.");
}

void respond_with(Services& services, Call call, const model::LayerReference& reference) {
  const model::Layer* layer = find_layer(services, call, reference);
  const model::LayerVersion* version =
      layer ? services.registry.layer_version(reference, call.scope) : nullptr;
  if (!version) return call.respond(no_such_layer());
  call.respond(json_reply(200, whole_view(services, *layer, *version)));
}

std::optional<model::ApiError> check_number(const Call& call) {
  if (call.input.value("VersionNumber", 1LL) >= 1) return std::nullopt;
  return model::invalid_parameter("Layer Version Cannot be less than 1");  // recorded
}

model::LayerReference numbered_reference(const Call& call) {
  model::LayerReference reference = model::parse_layer(call.text("LayerName"));
  reference.version = std::to_string(call.input.at("VersionNumber").get<long long>());
  return reference;
}

void add_version(Services& services, Call call, const std::string& name, const model::CodePackage& code) {
  model::Layer& layer = services.registry.layers[layer_key(call.scope.region, name)];
  layer.name = name;
  layer.scope = call.scope;
  model::LayerVersion version;
  version.number = layer.next_version++;
  version.description = call.text("Description");
  version.license = call.text("LicenseInfo");
  version.compatible_runtimes = call.input.value("CompatibleRuntimes", version.compatible_runtimes);
  version.compatible_architectures =
      call.input.value("CompatibleArchitectures", version.compatible_architectures);
  version.created = services.timestamp();
  version.code = code;
  const model::LayerVersion& added = layer.versions[version.number] = std::move(version);
  Reply reply = json_reply(201, whole_view(services, layer, added));
  services.commit({saved(layer)}, std::move(call.respond), std::move(reply));
}

void unpack(Services& services, Call call, const std::string& name, store::ZipFile zip) {
  services.packages.add_layer(
      std::move(zip), [&services, call = std::move(call), name](const store::PackageResult& result) mutable {
        if (const auto* refused = std::get_if<store::PackageFault>(&result)) {
          return call.respond(package_error(*refused));
        }
        add_version(services, std::move(call), name, std::get<model::CodePackage>(result));
      });
}

}  // namespace

void publish_layer_version(Services& services, Call call) {
  const model::LayerReference reference = model::parse_layer(call.text("LayerName"));
  if (!reference.region.empty() && reference.region != call.scope.region) {
    return call.respond(no_such_layer());
  }
  auto origin = take_code(call.input.at("Content"));
  if (!origin) return call.respond(origin.error());
  const std::string region = call.scope.region;
  services.code.get(
      *std::move(origin), region,
      [&services, call = std::move(call), name = reference.name](model::Result<store::ZipFile> zip) mutable {
        if (!zip) return call.respond(zip.error());
        unpack(services, std::move(call), name, *std::move(zip));
      });
}

void get_layer_version(Services& services, Call call) {
  if (const auto fault = check_number(call)) return call.respond(*fault);
  const model::LayerReference reference = numbered_reference(call);
  respond_with(services, std::move(call), reference);
}

void get_layer_version_by_arn(Services& services, Call call) {
  const model::LayerReference reference = model::parse_layer(call.text("Arn"));
  respond_with(services, std::move(call), reference);
}

void delete_layer_version(Services& services, Call call) {
  if (const auto fault = check_number(call)) return call.respond(*fault);
  const model::LayerReference reference = numbered_reference(call);
  model::Layer* layer = find_layer(services, call, reference);
  const model::LayerVersion* version =
      layer ? services.registry.layer_version(reference, call.scope) : nullptr;
  if (!version) return call.respond(empty_reply(204));  // it is as gone as it shall be
  const std::string sha256 = version->code.sha256;
  layer->versions.erase(version->number);
  // The layer's record stays: its numbers are not used again.
  services.commit({saved(*layer)}, std::move(call.respond), empty_reply(204),
                  [&services, sha256] { services.packages.released(sha256); });
}

void list_layer_versions(Services& services, Call call) {
  const model::Layer* layer = find_layer(services, call, model::parse_layer(call.text("LayerName")));
  Listing listing;
  if (layer) {
    std::for_each(layer->versions.rbegin(), layer->versions.rend(), [&](const auto& entry) {
      const auto& [number, version] = entry;
      if (matches(call, version)) listing.emplace_back(newest_first(number), listed_view(*layer, version));
    });
  }
  call.respond(page(call, listing, {"LayerVersions", page_size}));
}

void list_layers(Services& services, Call call) {
  Listing listing;
  for (const auto& [key, layer] : services.registry.layers) {
    if (layer.scope.region != call.scope.region) continue;
    const auto latest = std::find_if(layer.versions.rbegin(), layer.versions.rend(),
                                     [&](const auto& entry) { return matches(call, entry.second); });
    if (latest == layer.versions.rend()) continue;
    listing.emplace_back(layer.name, json{{"LayerName", layer.name},
                                          {"LayerArn", layer.arn()},
                                          {"LatestMatchingVersion", listed_view(layer, latest->second)}});
  }
  call.respond(page(call, listing, {"Layers", page_size}));
}

}  // namespace lmi::emulator::control_plane
