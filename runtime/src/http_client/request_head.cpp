#include "http_client/request_head.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace lmi::http_client {
namespace {

/// Framing and the connection are the client's own: a second opinion about either is how requests are
/// smuggled.
constexpr std::array<std::string_view, 9> own_headers{"connection", "content-length",    "expect",
                                                      "keep-alive", "proxy-connection",  "te",
                                                      "trailer",    "transfer-encoding", "upgrade"};

/// RFC 9110 §5.6.2.
bool is_token(std::string_view text) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           marks.find(c) != std::string_view::npos;
  });
}

/// RFC 9110 §5.5: visible characters, space, tab and bytes above ASCII.
bool is_field_value(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

bool is(std::string_view name, std::string_view other) noexcept {
  return std::equal(name.begin(), name.end(), other.begin(), other.end(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

HttpCallError invalid(std::string message) {
  return {.code = HttpErrc::invalid_call, .phase = HttpPhase::preparing, .message = std::move(message)};
}

void line(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

bool is_idempotent(std::string_view method) noexcept {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" || method == "DELETE";
}

std::optional<HttpCallError> refuse(std::string_view method, const HeaderList& headers) {
  if (!is_token(method) || method == "CONNECT") return invalid("the method is not one that can be sent");
  for (const auto& [name, value] : headers) {
    // The offending text itself stays out of the message, which goes to logs.
    if (!is_token(name)) return invalid("a header's name has characters that are not allowed there");
    if (!is_field_value(value)) return invalid("the value of header " + name + " has control characters");
    if (std::any_of(own_headers.begin(), own_headers.end(),
                    [&, &mine = name](std::string_view own) { return is(mine, own); })) {
      return invalid("header " + name + " is the client's own");
    }
  }
  return std::nullopt;
}

std::string format(const RequestHead& request) {
  std::string head;
  head.reserve(256 + request.target.path.size());
  head.append(request.method).append(" ").append(request.target.path).append(" HTTP/1.1\r\n");
  line(head, "Host", request.headers.find("Host").value_or(request.target.host));
  for (const auto& [name, value] : request.headers)
    if (!is(name, "Host")) line(head, name, value);
  // A length also for an empty body where the method expects one (RFC 9110 §8.6).
  const bool expects_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (request.body_bytes > 0 || expects_body) {
    line(head, "Content-Length", std::to_string(request.body_bytes));
  }
  if (request.ask_first) line(head, "Expect", "100-continue");
  head.append("\r\n");
  return head;
}

}  // namespace lmi::http_client
