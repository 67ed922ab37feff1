#include "control_plane/actions.hpp"
#include "control_plane/capacity_provider_checks.hpp"
#include "control_plane/capacity_provider_input.hpp"
#include "control_plane/capacity_provider_view.hpp"
#include "control_plane/deployment.hpp"
#include "control_plane/services.hpp"
#include "model/quotas.hpp"

namespace lmi::emulator::control_plane {
namespace {

using State = model::CapacityProvider::State;

Reply reply_with(const model::CapacityProvider& provider) {
  return json_reply(202, {{"CapacityProvider", capacity_provider_view(provider)}});
}

void become_active(Services& services, const std::string& name) {
  services.settling.after("provider " + name, services.config.delays.provider_creation, [&services, name] {
    const auto found = services.registry.providers.find(name);
    if (found == services.registry.providers.end() || found->second.state != State::pending) return;
    found->second.state = State::active;
  });
}

}  // namespace

void create_capacity_provider(Services& services, Call call) {
  auto name = model::parse_capacity_provider(call.text("CapacityProviderName"), call.scope);
  if (!name) return call.respond(name.error());
  model::CapacityProvider provider;
  provider.name = *name;
  provider.scope = call.scope;
  if (auto error = read_capacity_provider(call.input, provider)) return call.respond(*error);
  if (provider.tags.size() > model::quotas::tags_per_resource) {
    return call.respond(model::invalid_parameter("Number of tags exceeds resource tag limit."));  // recorded
  }
  if (const auto taken = services.registry.providers.find(*name);
      taken != services.registry.providers.end()) {
    // The code is in the API model; the texts are ours. Names are unique over all Regions here.
    const bool elsewhere = taken->second.scope.region != call.scope.region;
    return call.respond(model::conflict("Capacity provider already exists: " + taken->second.arn() +
                                        (elsewhere ? ". Here a name is unique over all Regions." : "")));
  }
  if (services.registry.providers.size() >= model::quotas::capacity_providers) {
    return call.respond(model::ApiError{"CapacityProviderLimitExceededException",  // text: ours
                                        "The account has reached its limit of capacity providers."});
  }
  provider.last_modified = services.timestamp();

  services.registry.providers[*name] = provider;
  services.commit({store::PutProvider{provider}}, std::move(call.respond), reply_with(provider),
                  [&services, provider] {
                    services.host.put_provider(make_deployment(provider));
                    become_active(services, provider.name);
                  });
}

void update_capacity_provider(Services& services, Call call) {
  const auto found = services.registry.provider(call.text("CapacityProviderName"), call.scope);
  if (!found) return call.respond(found.error());
  model::CapacityProvider changed = **found;
  if (const auto fault = check_not_deleting(changed)) return call.respond(*fault);
  if (auto error = read_capacity_provider(call.input, changed)) return call.respond(*error);
  changed.last_modified = services.timestamp();

  **found = changed;
  services.commit({store::PutProvider{changed}}, std::move(call.respond), reply_with(changed),
                  [&services, changed] { services.host.put_provider(make_deployment(changed)); });
}

void delete_capacity_provider(Services& services, Call call) {
  const auto found = services.registry.provider(call.text("CapacityProviderName"), call.scope);
  if (!found) return call.respond(found.error());
  model::CapacityProvider& provider = **found;
  if (const std::size_t users = services.registry.functions_on(provider.name); users != 0) {
    // Quoted by Serverless's documentation; Terraform waits on this code and text.
    return call.respond(
        model::conflict("The capacity provider is currently in use by " + std::to_string(users) +
                        " functions. To delete this capacity provider, first remove its association "
                        "with " +
                        provider.arn() + "."));
  }
  provider.state = State::deleting;
  services.commit({store::DeleteProvider{provider.name}}, std::move(call.respond), reply_with(provider),
                  [&services, name = provider.name] {
                    services.settling.after("provider " + name, services.config.delays.provider_deletion,
                                            [&services, name] {
                                              services.registry.providers.erase(name);
                                              services.host.remove_provider(name);
                                            });
                  });
}

}  // namespace lmi::emulator::control_plane
