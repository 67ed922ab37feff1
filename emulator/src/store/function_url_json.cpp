#include "store/function_url_json.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace lmi::emulator::model {
namespace {

using nlohmann::json;

template <class T>
void put(json& to, const char* key, const std::optional<T>& value) {
  if (value) to[key] = *value;
}

template <class T>
void get(const json& from, const char* key, std::optional<T>& value) {
  if (const auto at = from.find(key); at != from.end()) value = at->template get<T>();
}

json cors_json(const UrlCors& cors) {
  json to = json::object();
  put(to, "allow_credentials", cors.allow_credentials);
  put(to, "allow_headers", cors.allow_headers);
  put(to, "allow_methods", cors.allow_methods);
  put(to, "allow_origins", cors.allow_origins);
  put(to, "expose_headers", cors.expose_headers);
  put(to, "max_age", cors.max_age);
  return to;
}

UrlCors cors_of(const json& from) {
  UrlCors cors;
  get(from, "allow_credentials", cors.allow_credentials);
  get(from, "allow_headers", cors.allow_headers);
  get(from, "allow_methods", cors.allow_methods);
  get(from, "allow_origins", cors.allow_origins);
  get(from, "expose_headers", cors.expose_headers);
  get(from, "max_age", cors.max_age);
  return cors;
}

}  // namespace

void to_json(json& to, const FunctionUrl& url) {
  to = {{"id", url.id},
        {"qualifier", url.qualifier},
        {"needs_signature", url.needs_signature},
        {"streams_response", url.streams_response},
        {"created", url.created},
        {"last_modified", url.last_modified}};
  if (url.cors) to["cors"] = cors_json(*url.cors);
}

void from_json(const json& from, FunctionUrl& url) {
  url.id = from.at("id").get<std::string>();
  url.qualifier = from.value("qualifier", "");
  url.needs_signature = from.value("needs_signature", true);
  url.streams_response = from.value("streams_response", false);
  url.created = from.value("created", "");
  url.last_modified = from.value("last_modified", "");
  url.cors.reset();
  if (const auto cors = from.find("cors"); cors != from.end()) url.cors = cors_of(*cors);
}

}  // namespace lmi::emulator::model
