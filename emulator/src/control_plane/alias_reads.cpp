#include "control_plane/actions.hpp"
#include "control_plane/alias_view.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/pages.hpp"
#include "control_plane/services.hpp"

namespace lmi::emulator::control_plane {
namespace {

/// ListAliases documents no size of its pages but MaxItems; this is that of ListFunctions.
constexpr std::size_t page_size = 50;

}  // namespace

nlohmann::json alias_view(const model::Function& function, const model::Alias& alias) {
  nlohmann::json view = {{"AliasArn", function.arn(alias.name)},
                         {"Name", alias.name},
                         {"FunctionVersion", alias.version},
                         {"Description", alias.description},
                         {"RevisionId", alias.revision_id}};
  if (alias.second) {
    view["RoutingConfig"] = {{"AdditionalVersionWeights", {{alias.second->qualifier, alias.second->weight}}}};
  }
  return view;
}

void get_alias(Services& services, Call call) {
  const auto function = called_function(services, call);
  if (!function) return call.respond(function.error());
  const std::string name = call.text("Name");
  const model::Alias* alias = (*function)->alias(name);
  if (!alias) return call.respond(alias_not_found(**function, name));
  call.respond(json_reply(200, alias_view(**function, *alias)));
}

void list_aliases(Services& services, Call call) {
  const auto function = called_function(services, call);
  if (!function) return call.respond(function.error());
  const std::string version = call.text("FunctionVersion");
  Listing listing;
  for (const auto& [name, alias] : (*function)->aliases) {
    if (!version.empty() && !alias.points_to(version)) continue;
    listing.emplace_back(name, alias_view(**function, alias));
  }
  call.respond(page(call, listing, {"Aliases", page_size}));
}

}  // namespace lmi::emulator::control_plane
