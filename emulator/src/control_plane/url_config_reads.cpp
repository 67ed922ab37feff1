#include "control_plane/actions.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/pages.hpp"
#include "control_plane/services.hpp"
#include "control_plane/url_config_view.hpp"

namespace lmi::emulator::control_plane {

void get_function_url_config(Services& services, Call call) {
  const auto reference = named_function(call);
  if (!reference) return call.respond(reference.error());
  const auto found = services.registry.function({reference->name, {}}, call.scope);
  if (found) {
    const auto url = (*found)->urls.find(reference->qualifier);
    if (url != (*found)->urls.end()) {
      return call.respond(json_reply(200, url_config_view(**found, url->second, call)));
    }
  }
  call.respond(model::not_found("The resource you requested does not exist."));  // recorded
}

void list_function_url_configs(Services& services, Call call) {
  constexpr std::size_t page_size = 50;  // the most that MaxItems admits
  const auto reference = named_function(call);
  if (!reference) return call.respond(reference.error());
  const auto found = services.registry.function({reference->name, {}}, call.scope);
  if (!found) return call.respond(model::not_found("Function does not exist"));  // recorded
  Listing listing;
  for (const auto& [qualifier, url] : (*found)->urls) {
    // Keys are never empty: a page begins behind its marker, and the first one's is the empty text.
    listing.emplace_back(":" + qualifier, url_config_view(**found, url, call));
  }
  call.respond(page(call, listing, {"FunctionUrlConfigs", page_size}));
}

}  // namespace lmi::emulator::control_plane
