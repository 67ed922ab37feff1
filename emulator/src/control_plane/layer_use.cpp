#include "control_plane/layer_use.hpp"

#include "control_plane/code_input.hpp"
#include "control_plane/services.hpp"
#include "model/quotas.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace lmi::emulator::control_plane {
namespace {

/// All texts: recorded.
model::Result<std::vector<model::UsedLayer>> find_layers(const std::vector<std::string>& arns,
                                                         const Registry& registry,
                                                         const model::Scope& scope) {
  if (arns.size() > model::quotas::layers_per_function) {
    return model::invalid_parameter("Cannot reference more than " +
                                    std::to_string(model::quotas::layers_per_function) + " layers.");
  }
  std::vector<model::UsedLayer> layers;
  std::map<std::string, std::string> arn_of;  // by the layer's name
  for (const std::string& arn : arns) {
    const model::LayerReference reference = model::parse_layer(arn);
    if (!reference.region.empty() && reference.region != scope.region) {
      return model::invalid_parameter(
          "Layers are not in the same region as the function. Layers are expected to be in region " +
          scope.region + ".");
    }
    const model::LayerVersion* version = registry.layer_version(reference, scope);
    if (!version) return model::invalid_parameter("Layer version " + arn + " does not exist.");
    if (const auto [first, is_new] = arn_of.emplace(reference.name, arn); !is_new) {
      return model::invalid_parameter(
          "Two different versions of the same layer are not allowed to be referenced in the same function. " +
          first->second + " and " + arn + " are versions of the same layer.");
    }
    layers.push_back({arn, version->code});
  }
  return layers;
}

}  // namespace

std::optional<model::ApiError> read_layers(const nlohmann::json& input, const Registry& registry,
                                           const model::Scope& scope,
                                           model::FunctionConfiguration& configuration) {
  if (!input.contains("Layers")) return std::nullopt;
  auto layers = find_layers(input.at("Layers").get<std::vector<std::string>>(), registry, scope);
  if (!layers) return layers.error();
  configuration.layers = *std::move(layers);
  configuration.opt.clear();
  return std::nullopt;
}

std::optional<model::ApiError> check_unzipped_size(const model::FunctionConfiguration& configuration) {
  std::uint64_t bytes = configuration.code.unzipped_bytes;
  for (const model::UsedLayer& layer : configuration.layers) bytes += layer.code.unzipped_bytes;
  if (bytes <= model::quotas::unzipped_package_bytes) return std::nullopt;
  return model::invalid_parameter(  // as quoted in public reports
      "Function code combined with layers exceeds the maximum allowed size of " +
      std::to_string(model::quotas::unzipped_package_bytes) + " bytes. The actual size is " +
      std::to_string(bytes) + " bytes.");
}

void lay_layers(Services& services, model::FunctionConfiguration configuration,
                std::function<void(model::Result<model::FunctionConfiguration>)> done) {
  if (configuration.layers.empty() || !configuration.opt.empty()) return done(std::move(configuration));
  std::vector<std::string> packages;
  for (const model::UsedLayer& layer : configuration.layers) packages.push_back(layer.code.sha256);
  services.packages.lay_over(std::move(packages),
                             [configuration = std::move(configuration),
                              done = std::move(done)](const store::PackageResult& result) mutable {
                               if (const auto* fault = std::get_if<store::PackageFault>(&result))
                                 return done(package_error(*fault));
                               configuration.opt = std::get<model::CodePackage>(result).sha256;
                               done(std::move(configuration));
                             });
}

}  // namespace lmi::emulator::control_plane
