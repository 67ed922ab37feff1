#include "control_plane/url_event.hpp"

#include "model/base64.hpp"
#include "model/uri.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>
#include <string_view>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::ordered_json;

/// The emulator listens on loopback; where a request came from beyond that is not known here.
constexpr const char* source_ip = "127.0.0.1";

std::string lower(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

template <class Use>
void for_each_part(std::string_view text, char separator, Use use) {
  while (!text.empty()) {
    const std::size_t at = text.find(separator);
    if (const auto part = trimmed(text.substr(0, at)); !part.empty()) use(part);
    text.remove_prefix(at == text.npos ? text.size() : at + 1);
  }
}

/// Adds a value; several of one name are joined by commas, as the documentation says.
void join(ordered_json& object, const std::string& name, const std::string& value) {
  if (!object.contains(name)) {
    object[name] = value;
  } else {
    object[name] = object[name].get<std::string>() + "," + value;
  }
}

/// Cookies are in a member of their own.
ordered_json headers_of(const UrlRequest& request) {
  ordered_json headers = ordered_json::object();
  for (const auto& [name, value] : request.head.headers) {
    const std::string key = lower(name);
    if (key != "cookie") join(headers, key, value);
  }
  const auto add = [&headers](const char* name, const std::string& value) {
    if (!headers.contains(name)) headers[name] = value;
  };
  add("x-forwarded-for", source_ip);
  add("x-forwarded-proto", "http");
  add("x-amzn-trace-id", request.trace_id);
  return headers;
}

ordered_json cookies_of(const http::Headers& headers) {
  ordered_json cookies = ordered_json::array();
  for (const auto& [name, value] : headers) {
    if (lower(name) != "cookie") continue;
    for_each_part(value, ';',
                  [&cookies](std::string_view cookie) { cookies.push_back(std::string{cookie}); });
  }
  return cookies;
}

/// A malformed escape stays as it is: a function shall see what was sent rather than nothing.
std::string decoded(std::string_view text) {
  return model::percent_decode(text, true).value_or(std::string{text});
}

ordered_json parameters_of(const std::string& query) {
  ordered_json parameters = ordered_json::object();
  for_each_part(query, '&', [&parameters](std::string_view part) {
    const std::size_t equals = part.find('=');
    const std::string_view value = equals == part.npos ? std::string_view{} : part.substr(equals + 1);
    join(parameters, decoded(part.substr(0, equals)), decoded(value));
  });
  return parameters;
}

/// Whether a body is passed on as text. The types are those API Gateway documents for its HTTP APIs, whose
/// payload format this is; that a body without a type is text, unless it cannot be, is ours.
bool is_text(std::string_view content_type, const std::string& body) {
  const std::string type = lower(trimmed(content_type.substr(0, content_type.find(';'))));
  constexpr std::array<std::string_view, 3> types{"application/json", "application/javascript",
                                                  "application/xml"};
  const bool textual = type.empty() || type.starts_with("text/") || type.ends_with("+json") ||
                       type.ends_with("+xml") || std::find(types.begin(), types.end(), type) != types.end();
  if (!textual) return false;
  // Strict: throws on what is not UTF-8, which a JSON string cannot hold.
  try {
    return !nlohmann::json(body).dump().empty();
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

std::string time_text(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 32> rest{};
  std::strftime(rest.data(), rest.size(), "%Y:%H:%M:%S +0000", &utc);
  std::array<char, 8> day{};
  std::strftime(day.data(), day.size(), "%d", &utc);
  return std::string{day.data()} + "/" + months.at(static_cast<std::size_t>(utc.tm_mon)) + "/" + rest.data();
}

/// The access key in an Authorization header of SigV4.
std::string access_key(std::string_view authorization) {
  constexpr std::string_view mark = "Credential=";
  const std::size_t at = authorization.find(mark);
  if (at == authorization.npos) return {};
  const std::string_view rest = authorization.substr(at + mark.size());
  return std::string{rest.substr(0, rest.find('/'))};
}

/// Who signed. There are no users here: everybody is the account itself.
ordered_json iam_of(const UrlRequest& request) {
  const std::string key = access_key(request.head.headers.get("Authorization"));
  return {{"accessKey", key},
          {"accountId", request.account_id},
          {"callerId", request.account_id},
          {"cognitoIdentity", nullptr},
          {"principalOrgId", nullptr},
          {"userArn", "arn:aws:iam::" + request.account_id + ":root"},
          {"userId", request.account_id}};
}

ordered_json context_of(const UrlRequest& request) {
  ordered_json context;
  // Without a signature the caller is "anonymous": seen on AWS by LocalStack's tests.
  context["accountId"] = request.is_signed ? request.account_id : "anonymous";
  context["apiId"] = request.address.id;
  if (request.is_signed) context["authorizer"] = {{"iam", iam_of(request)}};
  context["domainName"] = request.address.domain;
  context["domainPrefix"] = request.address.id;
  context["http"] = {{"method", request.head.method},
                     {"path", request.address.path},
                     {"protocol", "HTTP/1.1"},
                     {"sourceIp", source_ip},
                     {"userAgent", std::string{request.head.headers.get("User-Agent")}}};
  context["requestId"] = request.request_id;
  context["routeKey"] = "$default";
  context["stage"] = "$default";
  context["time"] = time_text(request.time);
  context["timeEpoch"] =
      std::chrono::duration_cast<std::chrono::milliseconds>(request.time.time_since_epoch()).count();
  return context;
}

}  // namespace

std::string url_event(const UrlRequest& request) {
  ordered_json event;
  event["version"] = "2.0";
  event["routeKey"] = "$default";
  event["rawPath"] = request.address.path;
  event["rawQueryString"] = request.address.query;
  if (auto cookies = cookies_of(request.head.headers); !cookies.empty())
    event["cookies"] = std::move(cookies);
  event["headers"] = headers_of(request);
  if (auto parameters = parameters_of(request.address.query); !parameters.empty()) {
    event["queryStringParameters"] = std::move(parameters);
  }
  event["requestContext"] = context_of(request);
  const bool as_text = is_text(request.head.headers.get("Content-Type"), request.body);
  if (!request.body.empty()) event["body"] = as_text ? request.body : model::base64_encode(request.body);
  event["isBase64Encoded"] = !request.body.empty() && !as_text;
  return event.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace lmi::emulator::control_plane
