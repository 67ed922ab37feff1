#include "control_plane/actions.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/function_view.hpp"
#include "control_plane/pages.hpp"
#include "control_plane/services.hpp"

#include <algorithm>

namespace lmi::emulator::control_plane {
namespace {

constexpr std::size_t page_size = 50;

model::Result<FoundVersion> find_version(Services& services, const Call& call,
                                         model::FunctionReference& reference) {
  auto named = named_function(call);
  if (!named) return named.error();
  reference = *named;
  return services.registry.version(reference, call.scope);
}

/// With the ARN the caller's qualifier makes: an alias shows its own beside the version it stands for.
nlohmann::json view_as_named(const FoundVersion& found, const model::FunctionReference& reference) {
  nlohmann::json view = function_view(*found.function, *found.version, false);
  if (!reference.qualifier.empty()) view["FunctionArn"] = found.function->arn(reference.qualifier);
  return view;
}

/// AWS gives a link to S3; here the unpacked package lies on this machine.
nlohmann::json code_location(const Services& services, const model::CodePackage& code) {
  nlohmann::json location = {{"RepositoryType", "S3"},
                             {"Location", "file://" + services.store.packages().path(code.sha256).string()}};
  if (!code.source_kms_key_arn.empty()) location["SourceKMSKeyArn"] = code.source_kms_key_arn;
  return location;
}

/// Versions of one function in the order of their publication, $LATEST before and $LATEST.PUBLISHED after
/// them.
std::string version_key(const std::string& name, const std::string& qualifier) {
  if (qualifier == model::latest) return name + ":0";
  if (qualifier == model::latest_published) return name + ":2";
  std::string digits = qualifier;
  return name + ":1" + digits.insert(0, 10 - std::min<std::size_t>(digits.size(), 10), '0');
}

void list_versions(const model::Function& function, Listing& listing) {
  const auto add = [&](const model::Version& version) {
    listing.emplace_back(version_key(function.name, version.qualifier),
                         function_view(function, version, true, ViewKind::listed));
  };
  add(function.latest);
  for (const auto& [number, version] : function.numbered) add(version);
  if (function.published) add(*function.published);
}

}  // namespace

void get_function(Services& services, Call call) {
  model::FunctionReference reference;
  const auto found = find_version(services, call, reference);
  if (!found) return call.respond(found.error());
  const model::Function& function = *found->function;
  nlohmann::json body = {{"Configuration", view_as_named(*found, reference)},
                         {"Code", code_location(services, found->version->configuration.code)}};
  if (!function.tags.empty()) body["Tags"] = function.tags;
  if (function.reserved_concurrency) {
    body["Concurrency"] = {{"ReservedConcurrentExecutions", *function.reserved_concurrency}};
  }
  call.respond(json_reply(200, body));
}

void get_function_configuration(Services& services, Call call) {
  model::FunctionReference reference;
  const auto found = find_version(services, call, reference);
  if (!found) return call.respond(found.error());
  call.respond(json_reply(200, view_as_named(*found, reference)));
}

void list_functions(Services& services, Call call) {
  const bool all_versions = call.text("FunctionVersion") == "ALL";
  const std::string master_region = call.text("MasterRegion");
  if (!master_region.empty() && !all_versions) {  // documented; the text is ours
    return call.respond(
        model::invalid_parameter("FunctionVersion must be ALL when MasterRegion is specified."));
  }
  Listing listing;
  // A master Region asks for its replicas at the edge only, and there are none; ALL for these and the rest.
  if (!master_region.empty() && master_region != "ALL") {
    return call.respond(page(call, listing, {"Functions", page_size}));
  }
  for (const auto& [name, function] : services.registry.functions) {
    if (function.scope.region != call.scope.region) continue;
    if (all_versions) {
      list_versions(function, listing);
    } else {
      listing.emplace_back(name, function_view(function, function.latest, false, ViewKind::listed));
    }
  }
  std::sort(listing.begin(), listing.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  call.respond(page(call, listing, {"Functions", page_size}));
}

void list_versions_by_function(Services& services, Call call) {
  const auto reference = named_function(call);
  if (!reference) return call.respond(reference.error());
  const auto found = services.registry.function({reference->name, {}}, call.scope);
  if (!found) return call.respond(found.error());
  Listing listing;
  list_versions(**found, listing);
  call.respond(page(call, listing, {"Versions", page_size}));
}

}  // namespace lmi::emulator::control_plane
