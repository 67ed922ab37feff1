#include "control_plane/url_config_view.hpp"

#include "control_plane/url_address.hpp"

namespace lmi::emulator::control_plane {
namespace {

template <class T>
void put(nlohmann::json& to, const char* key, const std::optional<T>& value) {
  if (value) to[key] = *value;
}

nlohmann::json cors_view(const model::UrlCors& cors) {
  nlohmann::json shown = nlohmann::json::object();
  put(shown, "AllowCredentials", cors.allow_credentials);
  put(shown, "AllowHeaders", cors.allow_headers);
  put(shown, "AllowMethods", cors.allow_methods);
  put(shown, "AllowOrigins", cors.allow_origins);
  put(shown, "ExposeHeaders", cors.expose_headers);
  put(shown, "MaxAge", cors.max_age);
  return shown;
}

}  // namespace

nlohmann::json url_config_view(const model::Function& function, const model::FunctionUrl& url,
                               const Call& call) {
  nlohmann::json shown = {
      {"FunctionUrl", function_url(url.id, function.scope.region, call.host)},
      {"FunctionArn", url.qualifier.empty() ? function.arn() : function.arn(url.qualifier)},
      {"AuthType", url.needs_signature ? "AWS_IAM" : "NONE"},
      {"InvokeMode", url.streams_response ? "RESPONSE_STREAM" : "BUFFERED"},
      {"CreationTime", url.created},
      {"LastModifiedTime", url.last_modified}};
  if (url.cors) shown["Cors"] = cors_view(*url.cors);
  return shown;
}

bool may_have_url(const model::Function& function, const std::string& qualifier) {
  // The API model admits neither $LATEST nor version numbers here: what is named is an alias.
  return qualifier.empty() || function.alias(qualifier) != nullptr;
}

}  // namespace lmi::emulator::control_plane
