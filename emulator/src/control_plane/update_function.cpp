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

namespace lmi::emulator::control_plane {
namespace {

using Fault = std::optional<model::ApiError>;

Fault check_may_change(const Call& call, const model::Function& function) {
  if (auto fault = check_settled(function)) return fault;
  return check_revision(call, function.latest.revision_id);
}

/// A changed $LATEST, in progress until settle() ends it.
model::Version changed_version(Services& services, const model::Function& function,
                               model::FunctionConfiguration configuration) {
  model::Version changed = function.latest;
  changed.configuration = std::move(configuration);
  changed.last_modified = services.timestamp();
  changed.revision_id = random_uuid();
  changed.status.update = model::UpdateState::in_progress;
  changed.status.update_reason = "The function is being created.";  // recorded, odd as it is
  changed.status.update_reason_code = "Creating";
  return changed;
}

void settle(Services& services, const std::string& name) {
  services.settling.after("function " + name, services.config.delays.function_update, [&services, name] {
    model::Function* function = services.registry.function_named(name);
    if (!function || function->latest.status.state == model::VersionState::deleting) return;
    model::Version& latest = function->latest;
    if (latest.status.update != model::UpdateState::in_progress) return;
    latest.status.update = model::UpdateState::successful;
    latest.status.update_reason.clear();
    latest.status.update_reason_code.clear();
    latest.revision_id = random_uuid();  // recorded: settling makes a new revision
    services.save(*function);
  });
}

/// Puts the new $LATEST in place, publishes it when asked to, answers.
void finish(Services& services, Call call, model::Function& function,
            model::FunctionConfiguration configuration) {
  if (const Fault fault = check_provider(configuration, services.registry, call.scope))
    return call.respond(*fault);
  const std::vector<std::string> old_packages = {function.latest.configuration.code.sha256,
                                                 function.latest.configuration.opt};
  const model::Version before = function.latest;
  function.latest = changed_version(services, function, std::move(configuration));
  std::optional<Publication> publication;
  if (const auto target = wanted_target(call)) {
    const auto published = publish(services, function, *target, std::nullopt);
    if (!published) {
      function.latest = before;
      return call.respond(published.error());
    }
    publication = *published;
  }
  const std::string name = function.name;
  const bool shows_version = publication.has_value();
  const model::Version& shown = shows_version ? *function.find(publication->key.qualifier) : function.latest;
  Reply reply = json_reply(200, function_view(function, shown, shows_version));
  services.commit({store::PutFunction{persistent(function)}}, std::move(call.respond), std::move(reply),
                  [&services, name, publication, old_packages] {
                    settle(services, name);
                    deploy_latest(services, name);
                    if (publication && publication->is_new) deploy(services, *publication);
                    for (const std::string& sha256 : old_packages) services.packages.released(sha256);
                  });
}

/// Another change was faster; the recorded text for one that is under way.
model::ApiError changed_meanwhile(const model::Function& function) {
  return model::conflict(
      "The operation cannot be performed at this time. An update is in progress for resource: " +
      function.arn());
}

/// The code is unpacked. The function may have been deleted or changed meanwhile.
void finish_code(Services& services, Call call, const std::string& name, const model::CodePackage& code,
                 const std::string& architecture) {
  const auto still = services.registry.function({name, {}}, call.scope);
  if (!still) return call.respond(still.error());
  if (const Fault fault = check_may_change(call, **still)) return call.respond(*fault);

  model::FunctionConfiguration configuration = (*still)->latest.configuration;
  configuration.architecture = architecture;
  configuration.code = code;
  configuration.code.source_kms_key_arn = call.text("SourceKMSKeyArn");
  Fault fault = check_unzipped_size(configuration);
  if (!fault) fault = complete_managed(configuration, services.registry);
  if (fault) return call.respond(*fault);
  if (call.flag("DryRun")) {
    model::Version would_be = (*still)->latest;
    would_be.configuration = std::move(configuration);
    return call.respond(json_reply(200, function_view(**still, would_be, false)));
  }
  finish(services, std::move(call), **still, std::move(configuration));
}

void unpack(Services& services, Call call, const std::string& name, const std::string& architecture,
            store::ZipFile zip) {
  services.packages.add(
      std::move(zip), architecture,
      [&services, call = std::move(call), name, architecture](store::PackageResult result) mutable {
        if (const auto* refused = std::get_if<store::PackageFault>(&result)) {
          return call.respond(package_error(*refused));
        }
        finish_code(services, std::move(call), name, std::get<model::CodePackage>(result), architecture);
      });
}

}  // namespace

void update_function_configuration(Services& services, Call call) {
  const auto reference = named_function(call);
  if (!reference) return call.respond(reference.error());
  const auto found = services.registry.function({reference->name, {}}, call.scope);
  if (!found) return call.respond(found.error());
  model::Function& function = **found;
  if (const Fault fault = check_may_change(call, function)) return call.respond(*fault);

  model::FunctionConfiguration configuration = function.latest.configuration;
  if (call.input.contains("CapacityProviderConfig")) {
    if (!function.is_managed()) {  // seen in a report of a real deployment
      return call.respond(
          model::invalid_parameter("CapacityProviderConfig isn't supported for Lambda Default functions."));
    }
    auto managed = read_managed(call.input, configuration.managed, services.registry, call.scope);
    if (!managed) return call.respond(managed.error());
    configuration.managed = *managed;
  }
  Fault fault = read_settings(call.input, configuration);
  if (!fault) fault = read_layers(call.input, services.registry, call.scope, configuration);
  if (!fault) fault = check_unzipped_size(configuration);
  if (!fault) fault = complete_managed(configuration, services.registry);
  if (fault) return call.respond(*fault);
  const std::string revision = function.latest.revision_id;
  lay_layers(services, std::move(configuration),
             [&services, call = std::move(call), name = reference->name,
              revision](model::Result<model::FunctionConfiguration> laid) mutable {
               if (!laid) return call.respond(laid.error());
               // It may have been deleted or changed while the layers were laid over each other.
               const auto still = services.registry.function({name, {}}, call.scope);
               if (!still) return call.respond(still.error());
               if (const Fault busy = check_settled(**still)) return call.respond(*busy);
               if ((*still)->latest.revision_id != revision) return call.respond(changed_meanwhile(**still));
               finish(services, std::move(call), **still, *std::move(laid));
             });
}

void update_function_code(Services& services, Call call) {
  const auto reference = named_function(call);
  if (!reference) return call.respond(reference.error());
  const auto found = services.registry.function({reference->name, {}}, call.scope);
  if (!found) return call.respond(found.error());
  if (const Fault fault = check_may_change(call, **found)) return call.respond(*fault);
  if (call.input.contains("ImageUri")) {  // recorded
    return call.respond(model::invalid_parameter(
        "Please don't provide ImageUri when updating a function with packageType Zip."));
  }
  auto origin = take_code(call.input);
  if (!origin) return call.respond(origin.error());
  const std::string architecture =
      call.input.value("Architectures", std::vector<std::string>{(*found)->latest.configuration.architecture})
          .front();

  const std::string region = call.scope.region;
  services.code.get(*std::move(origin), region,
                    [&services, call = std::move(call), name = reference->name,
                     architecture](model::Result<store::ZipFile> zip) mutable {
                      if (!zip) return call.respond(zip.error());
                      unpack(services, std::move(call), name, architecture, *std::move(zip));
                    });
}

}  // namespace lmi::emulator::control_plane
