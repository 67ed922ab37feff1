#include "events/ascii.hpp"
#include "events/json_reader.hpp"
#include "events/percent.hpp"
#include "lmi/base64.hpp"
#include "lmi/http.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace lmi {
namespace {

using events::Place;
using events::Reader;
using nlohmann::json;

/// Single values, or lists of them when the front end sends both: the lists are complete.
template <class Add>
void each_value(const Reader& event, std::string_view single, std::string_view multiple, Add&& add) {
  if (event.find(multiple) == nullptr) {
    for (const auto& [name, value] : event.text_map(single)) add(name, value);
    return;
  }
  event.each_member(multiple, [&](const std::string& name, const json& values, const Place& place) {
    if (values.is_null()) return;
    if (!values.is_array()) events::fail_type(place, "an array", values);
    std::size_t index = 0;
    for (const auto& value : values) add(name, events::text_of(value, Place{place, index++}));
  });
}

/// "a=1; b=2" of a Cookie header, or one "a=1" of payload format 2.0.
void add_cookies(HttpCookies& cookies, std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find(';');
    const auto piece = events::trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (piece.empty()) continue;
    const auto equals = piece.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view{} : piece.substr(equals + 1);
    cookies.add(std::string{events::trimmed(piece.substr(0, equals))}, std::string{events::trimmed(value)});
  }
}

std::string body_of(const Reader& event) {
  return event.flag("isBase64Encoded") ? event.bytes("body") : event.text("body");
}

/// HTTP APIs called by their execute-api name put the stage before the path; under a custom domain name they
/// do not, and a first segment of that name is the client's.
std::string_view without_stage(std::string_view path, std::string_view stage, std::string_view domain) {
  if (stage.empty() || stage == "$default" || domain.find(".execute-api.") == std::string_view::npos)
    return path;
  if (!path.starts_with('/') || !path.substr(1).starts_with(stage)) return path;
  const auto rest = path.substr(1 + stage.size());
  if (rest.empty()) return "/";
  return rest.starts_with('/') ? rest : path;
}

void set_encoded_path(HttpRequest& request, std::string_view encoded) {
  request.raw_path = encoded.empty() ? "/" : encoded;
  request.path = events::percent_decode(request.raw_path);
}

void set_decoded_path(HttpRequest& request, std::string_view decoded) {
  request.path = decoded.empty() ? "/" : decoded;
  request.raw_path = events::percent_encode_path(request.path);
}

/// HTTP APIs and function URLs.
HttpRequest from_payload_2(const Reader& event, const Reader& context) {
  HttpRequest request;
  const Reader http{context, "http"};
  const auto domain = context.text("domainName");
  const bool url = domain.find(".lambda-url.") != std::string::npos;
  request.front_end = url ? FrontEnd::function_url : FrontEnd::http_api;
  request.answer_form = HttpAnswerForm::payload_2;
  request.method = http.required_text("method");
  request.stage = context.text("stage");
  request.source_ip = http.text("sourceIp");
  request.route = event.text("routeKey");

  const auto path = event.text("rawPath");
  if (url) {
    set_encoded_path(request, path);
  } else {
    set_decoded_path(request, without_stage(path, request.stage, domain));
  }
  request.query = events::parse_query(event.text("rawQueryString"));
  for (auto& [name, value] : event.text_map("headers")) request.headers.add(name, value);

  std::string cookie_header;
  for (const auto& cookie : event.texts("cookies")) {
    add_cookies(request.cookies, cookie);
    if (!cookie_header.empty()) cookie_header += "; ";
    cookie_header += cookie;
  }
  if (cookie_header.empty()) {
    for (const auto value : request.headers.get_all("cookie")) add_cookies(request.cookies, value);
  } else if (!request.headers.contains("cookie")) {
    request.headers.add("cookie", std::move(cookie_header));
  }
  return request;
}

/// REST APIs, and HTTP APIs with payload format 1.0: only those name a version, and decode the path.
HttpRequest from_payload_1(const Reader& event, const Reader& context) {
  HttpRequest request;
  const bool http_api = event.text("version") == "1.0";
  request.front_end = http_api ? FrontEnd::http_api : FrontEnd::rest_api;
  request.answer_form = HttpAnswerForm::multi_value_headers;
  request.stage = context.text("stage");
  request.source_ip = Reader{context, "identity"}.text("sourceIp");
  request.route = event.text("resource");
  const auto path = event.text("path");
  if (http_api) {
    set_decoded_path(request, without_stage(path, request.stage, context.text("domainName")));
  } else {
    set_encoded_path(request, path);
  }
  each_value(event, "queryStringParameters", "multiValueQueryStringParameters",
             [&](const std::string& name, const std::string& value) { request.query.add(name, value); });
  return request;
}

/// Hands the query on as the client sent it, still encoded.
HttpRequest from_load_balancer(const Reader& event) {
  HttpRequest request;
  request.front_end = FrontEnd::load_balancer;
  request.answer_form = event.find("multiValueHeaders") == nullptr
                            ? HttpAnswerForm::load_balancer
                            : HttpAnswerForm::load_balancer_multi_value;
  set_encoded_path(request, event.text("path"));
  each_value(event, "queryStringParameters", "multiValueQueryStringParameters",
             [&](std::string_view name, std::string_view value) {
               request.query.add(events::percent_decode(name, events::Plus::space),
                                 events::percent_decode(value, events::Plus::space));
             });
  return request;
}

/// What payload format 1.0 and load balancers have in common.
void add_headers(HttpRequest& request, const Reader& event) {
  each_value(event, "headers", "multiValueHeaders",
             [&](const std::string& name, const std::string& value) { request.headers.add(name, value); });
  for (const auto value : request.headers.get_all("cookie")) add_cookies(request.cookies, value);
  if (request.front_end != FrontEnd::load_balancer) return;
  if (const auto forwarded = request.headers.get_all("x-forwarded-for"); !forwarded.empty()) {
    const auto last = forwarded.back();
    const auto comma = last.rfind(',');
    request.source_ip = events::trimmed(comma == std::string_view::npos ? last : last.substr(comma + 1));
  }
}

HttpRequest read(const Reader& event) {
  const Reader context{event, "requestContext"};
  if (context.find("http") != nullptr) return from_payload_2(event, context);
  const Place root;
  // Those carry an httpMethod too when the client connects, but nobody reads headers and status of an answer.
  if (context.find("connectionId") != nullptr)
    events::fail(root, "a WebSocket API's event, not an HTTP request");
  if (event.find("httpMethod") == nullptr) {
    events::fail(root, "not an HTTP event: neither httpMethod nor requestContext.http");
  }
  auto request = context.find("elb") == nullptr ? from_payload_1(event, context) : from_load_balancer(event);
  request.method = event.required_text("httpMethod");
  add_headers(request, event);
  return request;
}

}  // namespace

HttpRequest parse_http_request(std::string_view event) {
  const auto json = events::parse_json(event);
  const Place root;
  const Reader reader{json, root};
  auto request = read(reader);
  request.request_id = Reader{reader, "requestContext"}.text("requestId");
  request.path_parameters = reader.text_map("pathParameters");
  request.body = body_of(reader);
  request.raw_event = event;
  return request;
}

std::string_view HttpRequest::path_parameter(std::string_view name) const noexcept {
  const auto found = path_parameters.find(name);
  return found == path_parameters.end() ? std::string_view{} : std::string_view{found->second};
}

}  // namespace lmi
