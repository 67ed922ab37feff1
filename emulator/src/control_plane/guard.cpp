#include "control_plane/guard.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <vector>

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

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

}  // namespace

std::optional<std::string> refuse_web_page(const http::Head& head, std::string_view listen_address) {
  if (head.headers.find("Origin")) {
    return "Requests from web pages are refused: this service runs uploaded code. Use an AWS SDK or the AWS "
           "CLI.";
  }
  return refuse_foreign_host(head, listen_address);
}

std::optional<std::string> refuse_foreign_host(const http::Head& head, std::string_view listen_address) {
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
  std::string_view value = text.substr(at + 11);
  value = value.substr(0, value.find_first_of(", "));
  // <key>/<date>/<region>/<service>/aws4_request; a key may itself hold slashes.
  const auto parts = split(value, '/');
  if (parts.size() < 5 || parts.back() != "aws4_request") return {};
  return {true, std::string{parts[parts.size() - 3]}};
}

}  // namespace lmi::emulator::control_plane
