#include "control_plane/actions.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/identifiers.hpp"
#include "control_plane/services.hpp"
#include "control_plane/url_config_view.hpp"

#include <utility>

namespace lmi::emulator::control_plane {
namespace {

model::ApiError no_such_function() {
  return model::not_found("Function does not exist");  // recorded
}
model::ApiError no_such_url() {
  return model::not_found("The resource you requested does not exist.");  // recorded
}

/// What a call is about. `function` is null when it does not exist, or is on its way out.
struct Target {
  model::Function* function = nullptr;
  std::string qualifier;
};

model::Result<Target> find_target(Services& services, const Call& call) {
  const auto reference = named_function(call);
  if (!reference) return reference.error();
  Target target{nullptr, reference->qualifier};
  const auto found = services.registry.function({reference->name, {}}, call.scope);
  const bool usable = found && (*found)->latest.status.state != model::VersionState::deleting;
  if (usable) target.function = *found;
  return target;
}

template <class T>
void read(const nlohmann::json& from, const char* member, std::optional<T>& value) {
  if (const auto at = from.find(member); at != from.end()) value = at->template get<T>();
}

model::UrlCors read_cors(const nlohmann::json& given) {
  model::UrlCors cors;
  read(given, "AllowCredentials", cors.allow_credentials);
  read(given, "AllowHeaders", cors.allow_headers);
  read(given, "AllowMethods", cors.allow_methods);
  read(given, "AllowOrigins", cors.allow_origins);
  read(given, "ExposeHeaders", cors.expose_headers);
  read(given, "MaxAge", cors.max_age);
  return cors;
}

/// Settings that were given replace what there was; Cors as a whole.
void apply_settings(const Call& call, model::FunctionUrl& url) {
  if (call.input.contains("AuthType")) url.needs_signature = call.text("AuthType") == "AWS_IAM";
  if (call.input.contains("InvokeMode")) url.streams_response = call.text("InvokeMode") == "RESPONSE_STREAM";
  if (const auto cors = call.input.find("Cors"); cors != call.input.end()) url.cors = read_cors(*cors);
}

/// 32 characters of the form AWS's ids have; hexadecimal, since 128 random bits are enough.
std::string new_url_id() {
  std::string id = random_uuid();
  std::erase(id, '-');
  return id;
}

void save_and_show(Services& services, Call call, const model::Function& function,
                   const model::FunctionUrl& url, unsigned status) {
  nlohmann::json shown = url_config_view(function, url, call);
  if (status == 201) shown.erase("LastModifiedTime");  // the answer of Create has no such member
  services.commit({store::PutFunction{persistent(function)}}, std::move(call.respond),
                  json_reply(status, shown));
}

}  // namespace

void create_function_url_config(Services& services, Call call) {
  const auto target = find_target(services, call);
  if (!target) return call.respond(target.error());
  if (!target->function) return call.respond(no_such_function());
  model::Function& function = *target->function;
  if (const auto fault = check_not_deleting(function)) return call.respond(*fault);
  const std::string& qualifier = target->qualifier;
  if (function.urls.contains(qualifier)) {
    const std::string arn = qualifier.empty() ? function.arn() : function.arn(qualifier);
    return call.respond(model::conflict(  // recorded, with its two spaces
        "Failed to create function url config for [functionArn = " + arn +
        "]. Error message:  FunctionUrlConfig exists for this Lambda function"));
  }
  if (!may_have_url(function, qualifier)) return call.respond(no_such_function());  // LocalStack

  model::FunctionUrl url;
  url.id = new_url_id();
  url.qualifier = qualifier;
  url.created = url.last_modified = services.timestamp();
  apply_settings(call, url);
  const auto& stored = function.urls.emplace(qualifier, std::move(url)).first->second;
  save_and_show(services, std::move(call), function, stored, 201);
}

void update_function_url_config(Services& services, Call call) {
  const auto target = find_target(services, call);
  if (!target) return call.respond(target.error());
  if (!target->function) return call.respond(no_such_function());
  model::Function& function = *target->function;
  if (const auto fault = check_not_deleting(function)) return call.respond(*fault);
  const auto found = function.urls.find(target->qualifier);
  if (found == function.urls.end()) return call.respond(no_such_url());
  apply_settings(call, found->second);
  found->second.last_modified = services.timestamp();
  save_and_show(services, std::move(call), function, found->second, 200);
}

void delete_function_url_config(Services& services, Call call) {
  const auto target = find_target(services, call);
  if (!target) return call.respond(target.error());
  if (!target->function) return call.respond(no_such_url());
  if (const auto fault = check_not_deleting(*target->function)) return call.respond(*fault);
  if (target->function->urls.erase(target->qualifier) == 0) return call.respond(no_such_url());
  services.commit({store::PutFunction{persistent(*target->function)}}, std::move(call.respond),
                  empty_reply(204));
}

}  // namespace lmi::emulator::control_plane
