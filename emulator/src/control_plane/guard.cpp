#include "control_plane/guard.hpp"

#include "access/authorization.hpp"

#include <arpa/inet.h>
#include <strings.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <utility>

namespace lmi::emulator::control_plane {
namespace {

/// The name in "name:port", "[::1]:port", "name".
std::string host_name(std::string_view host) {
  std::string name;
  if (!host.empty() && host.front() == '[') {
    name = host.substr(1, host.find(']') == std::string_view::npos ? host.npos : host.find(']') - 1);
  } else {
    name = host.substr(0, host.rfind(':'));
  }
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

bool is_address(const std::string& name) {
  in6_addr buffer{};
  return ::inet_pton(AF_INET, name.c_str(), &buffer) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), &buffer) == 1;
}

bool is_ours(const std::string& name, std::string_view listen_address) {
  if (name == "localhost" || name.ends_with(".localhost") || name == "::1" || name == listen_address)
    return true;
  if (!is_address(name)) return false;
  // Whoever listens everywhere is reached by any of the machine's addresses; rebinding needs a name.
  return name.starts_with("127.") || listen_address == "0.0.0.0" || listen_address == "::";
}

bool has_one_host(const http::Headers& headers) {
  return std::count_if(headers.begin(), headers.end(), [](const auto& field) {
           return field.first.size() == 4 && ::strncasecmp(field.first.data(), "Host", 4) == 0;
         }) == 1;
}

}  // namespace

std::optional<std::string> refuse_browser(const http::Head& head) {
  // "none": the user typed the address, or a program sends it like a browser would. Everything else was asked
  // for by a page.
  const std::string* site = head.headers.find("Sec-Fetch-Site");
  if (!head.headers.find("Origin") && (!site || *site == "none")) return std::nullopt;
  return "Requests from web pages are refused: this service runs uploaded code. Use an AWS SDK or the AWS "
         "CLI.";
}

std::optional<std::string> refuse_web_page(const http::Head& head, std::string_view listen_address) {
  if (auto refusal = refuse_browser(head)) return refusal;
  return refuse_foreign_host(head, listen_address);
}

std::optional<std::string> refuse_foreign_host(const http::Head& head, std::string_view listen_address) {
  if (!has_one_host(head.headers)) return "Requests must have exactly one Host header.";
  const std::string name = host_name(head.headers.get("Host"));
  if (is_ours(name, listen_address)) return std::nullopt;
  return "Requests for host '" + name + "' are refused: this service answers to localhost and " +
         std::string{listen_address} + " only. Use one of these in the endpoint URL.";
}

Credential credential_of(const http::Head& head) {
  const std::string_view text = head.headers.get("Authorization");
  if (!text.starts_with("AWS4-HMAC-SHA256")) return {};
  const std::size_t at = text.find("Credential=");
  if (at == std::string_view::npos) return {};
  const std::string_view value = text.substr(at + 11);
  auto credential = access::parse_credential(value.substr(0, value.find_first_of(", ")));
  if (!credential || credential->terminator != "aws4_request") return {};
  return {true, std::move(credential->region)};
}

}  // namespace lmi::emulator::control_plane
