#include "control_plane/actions.hpp"
#include "control_plane/capacity_provider_view.hpp"
#include "control_plane/function_view.hpp"
#include "control_plane/pages.hpp"
#include "control_plane/services.hpp"

#include <algorithm>

namespace lmi::emulator::control_plane {
namespace {

constexpr std::size_t page_size = 50;

}  // namespace

void get_capacity_provider(Services& services, Call call) {
  const auto found = services.registry.provider(call.text("CapacityProviderName"), call.scope);
  if (!found) return call.respond(found.error());
  call.respond(json_reply(200, {{"CapacityProvider", capacity_provider_view(**found)}}));
}

void list_capacity_providers(Services& services, Call call) {
  const std::string state = call.text("State");
  Listing listing;
  for (const auto& [name, provider] : services.registry.providers) {
    if (provider.scope.region != call.scope.region) continue;
    nlohmann::json view = capacity_provider_view(provider);
    if (state.empty() || view.at("State") == state) listing.emplace_back(name, std::move(view));
  }
  call.respond(page(call, listing, {"CapacityProviders", page_size}));
}

void list_function_versions_by_capacity_provider(Services& services, Call call) {
  const auto found = services.registry.provider(call.text("CapacityProviderName"), call.scope);
  if (!found) return call.respond(found.error());
  const model::CapacityProvider& provider = **found;
  Listing listing;
  for (const auto& [name, function] : services.registry.functions) {
    for_each_version(function, [&, &owner = function](const model::Version& version) {
      const auto& managed = version.configuration.managed;
      if (version.qualifier == model::latest || !managed || managed->provider != provider.name) return;
      const std::string arn = owner.arn(version.qualifier);
      listing.emplace_back(
          arn, nlohmann::json{{"FunctionArn", arn}, {"State", version_state_name(version.status.state)}});
    });
  }
  std::sort(listing.begin(), listing.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  call.respond(
      page(call, listing, {"FunctionVersions", page_size, {{"CapacityProviderArn", provider.arn()}}}));
}

}  // namespace lmi::emulator::control_plane
