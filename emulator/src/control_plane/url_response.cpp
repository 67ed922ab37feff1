#include "control_plane/url_response.hpp"

#include "model/base64.hpp"
#include "model/json_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <utility>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

/// A status as number or, as seen on AWS by LocalStack's tests, as text. Only final ones can be sent.
std::optional<unsigned> status_in(const json& value) {
  std::int64_t status = 0;
  if (value.is_number_integer()) {
    status = value.get<std::int64_t>();
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), status);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  }
  if (status < 200 || status > 599) return std::nullopt;
  return static_cast<unsigned>(status);
}

/// RFC 9110: what a field's name may consist of. Anything else could end the field and begin another.
bool is_token(std::string_view name) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || others.find(static_cast<char>(c)) != others.npos;
  });
}

/// The framing of the response is the server's business.
bool is_framing(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::string_view, 6> framing{"connection", "content-length",    "keep-alive",
                                                    "trailer",    "transfer-encoding", "upgrade"};
  return std::find(framing.begin(), framing.end(), name) != framing.end();
}

/// A header's value in text; numbers and truth values are taken for what they look like.
std::optional<std::string> value_in(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return std::nullopt;
}

bool read_headers(const json& from, http::Headers& headers) {
  if (from.is_null()) return true;
  if (!from.is_object()) return false;
  for (const auto& [name, value] : from.items()) {
    const auto text = value_in(value);
    if (!text || !is_token(name)) return false;
    if (!is_framing(name)) headers.add(name, *text);
  }
  return true;
}

bool read_cookies(const json& from, http::Headers& headers) {
  if (from.is_null()) return true;
  if (!from.is_array()) return false;
  for (const json& cookie : from) {
    if (!cookie.is_string()) return false;
    headers.add("Set-Cookie", cookie.get<std::string>());
  }
  return true;
}

/// Status, headers and cookies; all are optional.
std::optional<http::Response> head_in(const json& object, const char* default_type) {
  http::Response response;
  if (const auto status = object.find("statusCode"); status != object.end()) {
    const auto number = status_in(*status);
    if (!number) return std::nullopt;
    response.status = *number;
  }
  if (!read_headers(object.value("headers", json{}), response.headers)) return std::nullopt;
  if (!read_cookies(object.value("cookies", json{}), response.headers)) return std::nullopt;
  if (!response.headers.find("Content-Type")) response.headers.add("Content-Type", default_type);
  return response;
}

/// Whether an object is meant as a response: the documentation names statusCode as what decides.
bool is_response(const json& value) {
  return value.is_object() && value.contains("statusCode");
}

std::optional<std::string> body_in(const json& object) {
  const auto body = object.find("body");
  if (body == object.end() || body->is_null()) return std::string{};
  if (!body->is_string()) return body->dump(-1, ' ', false, json::error_handler_t::replace);  // LocalStack
  if (!object.value("isBase64Encoded", false)) return body->get<std::string>();
  const auto bytes = model::base64_decode(body->get_ref<const std::string&>());
  if (!bytes) return std::nullopt;
  return std::string{bytes->begin(), bytes->end()};
}

http::Response fault(unsigned status, const char* error_type, std::string body) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  if (error_type != nullptr) response.headers.add("x-amzn-ErrorType", error_type);
  response.body = std::move(body);
  return response;
}

}  // namespace

std::optional<http::Response> response_of(std::string_view payload, std::string_view content_type) {
  if (content_type == http_integration_type) {
    PreludeReader reader;
    if (reader.feed(payload) != PreludeReader::State::complete) return std::nullopt;
    return reader.take();
  }
  http::Response plain;
  plain.headers.add("Content-Type", "application/json");  // the documented one, whatever the function said
  const json value = json::parse(payload, nullptr, false);
  if (is_response(value)) {
    // Ours: AWS's bound is not known; an answer that cannot be taken apart is a bad gateway's.
    if (model::json_nesting(payload) > model::deepest_nesting) return std::nullopt;
    const auto flag = value.find("isBase64Encoded");
    if (flag != value.end() && !flag->is_boolean()) return std::nullopt;
    auto response = head_in(value, "application/json");
    const auto body = body_in(value);
    if (!response || !body) return std::nullopt;
    response->body = *body;
    return response;
  }
  // A text loses its quotes; everything else stays as it is, also what is no JSON: LocalStack, compared with
  // AWS.
  plain.body = value.is_string() ? value.get<std::string>() : std::string{payload};
  return plain;
}

PreludeReader::State PreludeReader::feed(std::string_view bytes) {
  static constexpr std::string_view end{"\0\0\0\0\0\0\0\0", 8};
  text_ += bytes;
  const std::size_t at = text_.find(end);
  if (at == text_.npos) return text_.size() > max_bytes ? State::malformed : State::incomplete;
  if (model::json_nesting(std::string_view{text_}.substr(0, at)) > model::deepest_nesting)
    return State::malformed;
  const json prelude =
      json::parse(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at), nullptr, false);
  auto response = prelude.is_object() ? head_in(prelude, "application/octet-stream") : std::nullopt;
  if (!response) return State::malformed;
  response_ = *std::move(response);
  response_.body = text_.substr(at + end.size());
  text_.clear();
  return State::complete;
}

http::Response bad_gateway() {
  return fault(502, nullptr, "Internal Server Error");
}
http::Response gateway_timeout() {
  return fault(504, nullptr, R"({"Message":"Gateway Timeout"})");
}
http::Response forbidden() {
  return fault(403, "AccessDeniedException", forbidden_text);
}
http::Response no_such_url() {
  return fault(403, "AccessDeniedException", R"({"Message":null})");
}
http::Response request_too_large() {
  return fault(413, "RequestTooLargeException", R"({"Message":"Request Entity Too Large"})");
}

}  // namespace lmi::emulator::control_plane
