#include "core/json_text.hpp"
#include "events/ascii.hpp"
#include "lmi/base64.hpp"
#include "lmi/error.hpp"
#include "lmi/http.hpp"

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace lmi {
namespace {

/// Fields of one name, spelt as its first occurrence.
struct Field {
  std::string_view name;
  std::vector<std::string_view> values;
};

constexpr std::string_view set_cookie = "set-cookie";

void append_string(std::string& out, std::string_view text) {
  out += '"';
  core::append_json_text(out, text);
  out += '"';
}

void append_list(std::string& out, const std::vector<std::string_view>& texts) {
  out += '[';
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out += ',';
    append_string(out, texts[i]);
  }
  out += ']';
}

std::string joined(const std::vector<std::string_view>& values) {
  std::string text;
  for (const auto value : values) {
    if (!text.empty()) text += ", ";
    text += value;
  }
  return text;
}

/// A line break would let whoever supplied the value write headers of his own.
void check_one_line(std::string_view name, std::string_view text) {
  if (text.find_first_of(std::string_view{"\r\n\0", 3}) != std::string_view::npos) {
    throw Error{.type = "InvalidResponse", .message = "a line break in the header " + std::string{name}};
  }
}

void check(const HttpResponse& response) {
  if (response.status < 100 || response.status > 999) {
    throw Error{.type = "InvalidResponse", .message = "no HTTP status: " + std::to_string(response.status)};
  }
  for (const auto& [name, value] : response.headers) {
    if (name.empty()) throw Error{.type = "InvalidResponse", .message = "a header without a name"};
    check_one_line("name", name);
    check_one_line(name, value);
  }
  for (const auto& cookie : response.cookies) check_one_line(set_cookie, cookie);
}

std::vector<Field> grouped_headers(const HttpResponse& response) {
  std::vector<Field> fields;
  for (const auto& [name, value] : response.headers) {
    if (events::equal_ignoring_case(name, set_cookie)) continue;
    const auto same = [&name = name](const Field& field) {
      return events::equal_ignoring_case(field.name, name);
    };
    const auto found = std::find_if(fields.begin(), fields.end(), same);
    if (found == fields.end()) {
      fields.push_back({name, {value}});
    } else {
      found->values.emplace_back(value);
    }
  }
  return fields;
}

std::vector<std::string_view> all_cookies(const HttpResponse& response) {
  auto cookies = response.headers.get_all(set_cookie);
  cookies.insert(cookies.end(), response.cookies.begin(), response.cookies.end());
  return cookies;
}

/// "set-cookie" in its n-th mixture of upper and lower case: 512 of them. The only way to send several
/// cookies to a load balancer without multi-value headers, which keeps one header of each exact name. Found
/// in use: github.com/logandk/serverless-wsgi issue 11, github.com/Kludex/mangum issue 185.
std::string cookie_name(std::size_t n) {
  std::string name{set_cookie};
  for (auto& c : name) {
    if (c == '-') continue;
    if (n % 2 == 1) c = events::upper(c);
    n /= 2;
  }
  return name;
}

/// {"a":"1, 2","b":"3"}
std::string joined_headers(const std::vector<Field>& fields, const std::vector<std::string_view>& cookies) {
  std::string out = "{";
  const auto append = [&](std::string_view name, std::string_view value) {
    if (out.size() > 1) out += ',';
    append_string(out, name);
    out += ':';
    append_string(out, value);
  };
  for (const auto& [name, values] : fields) append(name, joined(values));
  for (std::size_t i = 0; i < cookies.size(); ++i) append(cookie_name(i), cookies[i]);
  return out + "}";
}

/// {"a":["1","2"],"b":["3"]}
std::string listed_headers(std::vector<Field> fields, const std::vector<std::string_view>& cookies) {
  if (!cookies.empty()) fields.push_back({set_cookie, cookies});
  std::string out = "{";
  for (const auto& [name, values] : fields) {
    if (out.size() > 1) out += ',';
    append_string(out, name);
    out += ':';
    append_list(out, values);
  }
  return out + "}";
}

/// Types whose bytes are text. What is not known is judged by its bytes alone.
enum class Kind { text, binary, unknown };

Kind kind_of(std::string_view content_type) {
  std::string type{events::trimmed(content_type.substr(0, content_type.find(';')))};
  std::transform(type.begin(), type.end(), type.begin(), events::lower);
  if (type.starts_with("text/") || type.ends_with("+json") || type.ends_with("+xml")) return Kind::text;
  constexpr std::array<std::string_view, 4> texts{
      "application/json", "application/xml", "application/javascript", "application/x-www-form-urlencoded"};
  if (std::find(texts.begin(), texts.end(), type) != texts.end()) return Kind::text;
  constexpr std::array<std::string_view, 4> binary_trees{"image/", "audio/", "video/", "font/"};
  if (std::any_of(binary_trees.begin(), binary_trees.end(),
                  [&](auto tree) { return type.starts_with(tree); })) {
    return Kind::binary;
  }
  constexpr std::array<std::string_view, 11> binaries{
      "application/octet-stream", "application/pdf",      "application/zip",        "application/gzip",
      "application/wasm",         "application/protobuf", "application/x-protobuf", "application/cbor",
      "application/msgpack",      "application/grpc",     "application/x-tar"};
  return std::find(binaries.begin(), binaries.end(), type) == binaries.end() ? Kind::unknown : Kind::binary;
}

bool is_binary(const HttpResponse& response) {
  if (response.binary) return *response.binary;
  if (response.body.empty()) return false;
  const auto encoding = response.headers.get("content-encoding").value_or("identity");
  if (!events::equal_ignoring_case(encoding, "identity")) return true;
  if (!core::is_utf8(response.body)) return true;
  return kind_of(response.headers.get("content-type").value_or("")) == Kind::binary;
}

/// "404 Not Found", which a load balancer asks for.
std::string status_line(int status) {
  namespace http = boost::beast::http;
  const auto known = http::int_to_status(static_cast<unsigned>(status));
  const auto reason = known == http::status::unknown ? "Unknown" : http::obsolete_reason(known);
  return std::to_string(status) + " " + std::string{reason.data(), reason.size()};
}

HttpResponse typed(std::string body, std::string type, int status) {
  HttpResponse response;
  response.status = status;
  response.headers.add("content-type", std::move(type));
  response.body = std::move(body);
  return response;
}

}  // namespace

std::string write_http_response(const HttpResponse& response, HttpAnswerForm form) {
  check(response);
  const bool binary = is_binary(response);
  const auto fields = grouped_headers(response);
  const auto cookies = all_cookies(response);

  std::string out = "{\"statusCode\":" + std::to_string(response.status);
  switch (form) {
    case HttpAnswerForm::payload_2:
      out += ",\"headers\":" + joined_headers(fields, {});
      if (!cookies.empty()) {
        out += ",\"cookies\":";
        append_list(out, cookies);
      }
      break;
    case HttpAnswerForm::multi_value_headers:
      out += ",\"multiValueHeaders\":" + listed_headers(fields, cookies);
      break;
    case HttpAnswerForm::load_balancer_multi_value:
      out += ",\"statusDescription\":\"" + status_line(response.status) +
             "\",\"multiValueHeaders\":" + listed_headers(fields, cookies);
      break;
    case HttpAnswerForm::load_balancer:
      out += ",\"statusDescription\":\"" + status_line(response.status) +
             "\",\"headers\":" + joined_headers(fields, cookies);
      break;
  }
  out += ",\"body\":\"";
  if (binary) {
    detail::append_base64(out, response.body);
  } else {
    core::append_json_text(out, response.body);
  }
  out += binary ? "\",\"isBase64Encoded\":true}" : "\",\"isBase64Encoded\":false}";
  return out;
}

HttpResponse HttpResponse::text(std::string body, int status) {
  return typed(std::move(body), "text/plain; charset=utf-8", status);
}

HttpResponse HttpResponse::html(std::string body, int status) {
  return typed(std::move(body), "text/html; charset=utf-8", status);
}

HttpResponse HttpResponse::json_text(std::string body, int status) {
  return typed(std::move(body), "application/json", status);
}

HttpResponse HttpResponse::bytes(std::string body, std::string content_type, int status) {
  return typed(std::move(body), std::move(content_type), status);
}

HttpResponse HttpResponse::redirect(std::string location, int status) {
  HttpResponse response;
  response.status = status;
  response.headers.add("location", std::move(location));
  return response;
}

HttpResponse HttpResponse::empty(int status) {
  HttpResponse response;
  response.status = status;
  return response;
}

}  // namespace lmi
