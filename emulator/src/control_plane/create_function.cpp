#include "control_plane/actions.hpp"
#include "control_plane/code_input.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/function_input.hpp"
#include "control_plane/function_view.hpp"
#include "control_plane/identifiers.hpp"
#include "control_plane/layer_use.hpp"
#include "control_plane/managed_input.hpp"
#include "control_plane/publishing.hpp"
#include "control_plane/services.hpp"
#include "model/quotas.hpp"

#include <string>
#include <utility>
#include <vector>

namespace lmi::emulator::control_plane {
namespace {

using Fault = std::optional<model::ApiError>;

Fault check_name(const model::FunctionReference& reference) {
  if (reference.name.size() > model::quotas::function_name_length) {  // recorded, under this code
    return model::invalid_parameter(
        "1 validation error detected: Value '" + reference.name +
        "' at 'functionName' failed to satisfy constraint: Member must have length less "
        "than or equal to " +
        std::to_string(model::quotas::function_name_length));
  }
  if (!reference.qualifier.empty()) {  // text: ours
    return model::invalid_parameter(
        "A function is created without a version: leave ':" + reference.qualifier + "' out of its name.");
  }
  return std::nullopt;
}

/// Names are unique over all Regions here, on AWS in each. The sentence is ours.
std::string other_region(const model::Scope& holder, const model::Scope& asked) {
  return holder.region == asked.region ? ""
                                       : " in " + holder.region + ". Here a name is unique over all Regions.";
}

Fault check_is_new(const Services& services, const std::string& name, const model::Scope& scope) {
  const auto found = services.registry.functions.find(name);
  if (found == services.registry.functions.end()) return std::nullopt;
  if (found->second.latest.status.state == model::VersionState::deleting) return check_settled(found->second);
  return model::conflict("Function already exist: " + name +  // LocalStack's text
                         other_region(found->second.scope, scope));
}

Fault check_zip_settings(const Call& call) {
  if (call.input.value("PackageType", "Zip") == "Image") {
    return model::not_implemented(
        "Container images are not supported by this emulator. Create the function with PackageType Zip.");
  }
  if (const std::string signing = call.text("CodeSigningConfigArn"); !signing.empty()) {
    // The recorded text for a configuration that does not exist: here none does.
    return model::ApiError{"CodeSigningConfigNotFoundException",
                           "The code signing configuration cannot be found. Check that the provided "
                           "configuration is not deleted: " +
                               signing + "."};
  }
  if (call.text("Runtime").empty() || call.text("Handler").empty()) {  // from memory of AWS's text
    return model::invalid_parameter(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  }
  if (call.input.value("Tags", nlohmann::json::object()).size() > model::quotas::tags_per_resource) {
    return model::invalid_parameter("Number of tags exceeds resource tag limit.");  // recorded
  }
  return std::nullopt;
}

/// All but the code.
model::Result<model::FunctionConfiguration> read_configuration(Services& services, const Call& call,
                                                               const std::string& name) {
  const bool managed = call.input.contains("CapacityProviderConfig");
  model::FunctionConfiguration configuration = default_settings(name, managed);
  configuration.architecture =
      call.input.value("Architectures", std::vector<std::string>{configuration.architecture}).front();
  if (managed) {
    auto read = read_managed(call.input, std::nullopt, services.registry, call.scope);
    if (!read) return read.error();
    configuration.managed = *read;
  }
  Fault fault = read_settings(call.input, configuration);
  if (!fault) fault = read_layers(call.input, services.registry, call.scope, configuration);
  if (!fault) fault = complete_managed(configuration, services.registry);
  if (fault) return *fault;
  return configuration;
}

/// $LATEST settles by itself: it is never started.
void settle(Services& services, const std::string& name) {
  services.settling.after("function " + name, services.config.delays.function_creation, [&services, name] {
    model::Function* function = services.registry.function_named(name);
    if (!function || function->latest.status.state != model::VersionState::pending) return;
    function->latest.status = {.state = function->is_managed() ? model::VersionState::active_non_invocable
                                                               : model::VersionState::active,
                               .update = model::UpdateState::successful};
    function->latest.revision_id = random_uuid();  // recorded: settling makes a new revision
    services.save(*function);
  });
}

void add_function(Services& services, Call call, model::Function function) {
  const std::string name = function.name;
  model::Function& added = services.registry.functions[name] = std::move(function);
  std::optional<Publication> publication;
  if (const auto target = wanted_target(call)) {
    const auto published = publish(services, added, *target, std::nullopt);
    if (!published) {
      services.registry.functions.erase(name);
      return call.respond(published.error());
    }
    publication = *published;
  }
  const model::Version& shown = publication ? *added.find(publication->key.qualifier) : added.latest;
  // Even when it publishes, creation answers with the unqualified ARN (recorded).
  Reply reply = json_reply(201, function_view(added, shown, false));
  services.commit({store::PutFunction{persistent(added)}}, std::move(call.respond), std::move(reply),
                  [&services, name, publication] {
                    settle(services, name);
                    deploy_latest(services, name);
                    if (publication) deploy(services, *publication);
                  });
}

/// Everything is unpacked.
void finish(Services& services, Call call, model::Function function,
            model::Result<model::FunctionConfiguration> complete) {
  if (!complete) return call.respond(complete.error());
  function.latest.configuration = *std::move(complete);
  if (const Fault fault = check_unzipped_size(function.latest.configuration)) return call.respond(*fault);
  // Others may have come first while the packages were unpacked.
  if (const Fault taken = check_is_new(services, function.name, call.scope)) return call.respond(*taken);
  if (const Fault fault = check_provider(function.latest.configuration, services.registry, call.scope))
    return call.respond(*fault);
  add_function(services, std::move(call), std::move(function));
}

void unpack(Services& services, Call call, model::Function function, store::ZipFile zip) {
  std::string architecture = function.latest.configuration.architecture;
  services.packages.add(std::move(zip), std::move(architecture),
                        [&services, call = std::move(call),
                         function = std::move(function)](store::PackageResult result) mutable {
                          if (const auto* refused = std::get_if<store::PackageFault>(&result)) {
                            return call.respond(package_error(*refused));
                          }
                          model::CodePackage& code = function.latest.configuration.code;
                          code = std::get<model::CodePackage>(result);
                          code.source_kms_key_arn = call.input.at("Code").value("SourceKMSKeyArn", "");
                          model::FunctionConfiguration complete = function.latest.configuration;
                          lay_layers(services, std::move(complete),
                                     [&services, call = std::move(call), function = std::move(function)](
                                         model::Result<model::FunctionConfiguration> laid) mutable {
                                       finish(services, std::move(call), std::move(function),
                                              std::move(laid));
                                     });
                        });
}

/// The layers must be there when the code is: no record names them yet while it is being fetched.
std::vector<std::string> hold_layers(Services& services, const model::FunctionConfiguration& configuration) {
  std::vector<std::string> held;
  for (const model::UsedLayer& layer : configuration.layers) held.push_back(layer.code.sha256);
  for (const std::string& sha256 : held) services.packages.hold(sha256);
  return held;
}

}  // namespace

void create_function(Services& services, Call call) {
  const auto reference = named_function(call);
  if (!reference) return call.respond(reference.error());
  Fault fault = check_name(*reference);
  if (!fault) fault = check_zip_settings(call);
  if (fault) return call.respond(*fault);
  auto configuration = read_configuration(services, call, reference->name);
  if (!configuration) return call.respond(configuration.error());
  fault = check_is_new(services, reference->name, call.scope);
  if (fault) return call.respond(*fault);
  auto origin = take_code(call.input.at("Code"));
  if (!origin) return call.respond(origin.error());

  model::Function function;
  function.name = reference->name;
  function.scope = call.scope;
  function.tags = call.input.value("Tags", function.tags);
  function.latest.qualifier = model::latest;
  function.latest.configuration = *configuration;
  function.latest.status = {.state = model::VersionState::pending,
                            .reason = "The function is being created.",
                            .reason_code = "Creating"};
  function.latest.last_modified = services.timestamp();
  function.latest.revision_id = random_uuid();

  const std::string region = call.scope.region;
  const auto held = hold_layers(services, *configuration);
  services.code.get(*std::move(origin), region,
                    [&services, held, call = std::move(call),
                     function = std::move(function)](model::Result<store::ZipFile> zip) mutable {
                      if (zip) {
                        unpack(services, std::move(call), std::move(function), *std::move(zip));
                      } else {
                        call.respond(zip.error());
                      }
                      for (const std::string& sha256 : held) services.packages.let_go(sha256);
                    });
}

}  // namespace lmi::emulator::control_plane
