#include "control_plane/url_cors.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <vector>

namespace lmi::emulator::control_plane {
namespace {

using Texts = std::optional<std::vector<std::string>>;

constexpr std::string_view any = "*";

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char left, unsigned char right) {
    return std::tolower(left) == std::tolower(right);
  });
}

bool lists(const Texts& texts, std::string_view wanted) {
  return texts && std::any_of(texts->begin(), texts->end(),
                              [&](const std::string& text) { return text == any || same(text, wanted); });
}

std::string joined(const std::vector<std::string>& texts) {
  std::string result;
  for (const std::string& text : texts) result += result.empty() ? text : "," + text;
  return result;
}

void set(http::Headers& headers, const char* name, std::string value) {
  headers.remove(name);
  headers.add(name, std::move(value));
}

/// False when the page's origin is not among those allowed.
bool allow_origin(const model::UrlCors& cors, const std::string& origin, http::Headers& headers) {
  headers.remove("Access-Control-Allow-Origin");
  headers.remove("Access-Control-Allow-Credentials");
  if (!lists(cors.allow_origins, origin)) return false;
  const bool with_credentials = cors.allow_credentials.value_or(false);
  // Browsers do not take "*" together with credentials.
  const bool everybody = lists(cors.allow_origins, any) && !with_credentials;
  headers.add("Access-Control-Allow-Origin", everybody ? std::string{any} : origin);
  if (with_credentials) headers.add("Access-Control-Allow-Credentials", "true");
  if (!everybody) headers.add("Vary", "Origin");
  return true;
}

}  // namespace

bool is_preflight(const http::Head& head) {
  return head.method == "OPTIONS" && head.headers.find("Origin") &&
         head.headers.find("Access-Control-Request-Method");
}

http::Response preflight_response(const model::UrlCors& cors, const http::Head& head) {
  http::Response response;
  const std::string origin{head.headers.get("Origin")};
  if (!allow_origin(cors, origin, response.headers)) return response;
  const std::string_view method = head.headers.get("Access-Control-Request-Method");
  if (lists(cors.allow_methods, method)) {
    response.headers.add("Access-Control-Allow-Methods", joined(*cors.allow_methods));
  }
  if (cors.allow_headers) response.headers.add("Access-Control-Allow-Headers", joined(*cors.allow_headers));
  if (cors.max_age) response.headers.add("Access-Control-Max-Age", std::to_string(*cors.max_age));
  return response;
}

void add_cors(const model::UrlCors& cors, const std::string& origin, http::Headers& headers) {
  if (origin.empty() || !allow_origin(cors, origin, headers)) return;
  if (cors.expose_headers) set(headers, "Access-Control-Expose-Headers", joined(*cors.expose_headers));
}

}  // namespace lmi::emulator::control_plane
