#include "control_plane/url_address.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace lmi::emulator::control_plane {
namespace {

constexpr std::string_view service_label = "lambda-url";
constexpr std::string_view path_prefix = "/lambda-url/";
constexpr std::string_view our_domain = "localhost";

std::string lower(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// ":9000" of "name:9000" and "[::1]:9000", else "".
std::string_view port_of(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const bool in_address = host.find(']', colon == host.npos ? 0 : colon) != host.npos;
  return colon == host.npos || in_address ? std::string_view{} : host.substr(colon);
}

/// Cuts `text` at the first `separator` and returns what was before it.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view first = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + 1);
  return first;
}

/// The id in "<id>.lambda-url.<region>.localhost".
std::optional<std::string> id_in_host(const std::string& name) {
  std::string_view rest = name;
  const std::string_view id = take_until(rest, '.');
  if (id.empty() || take_until(rest, '.') != service_label) return std::nullopt;
  const std::string_view region = take_until(rest, '.');
  if (region.empty() || rest != our_domain) return std::nullopt;
  return std::string{id};
}

void set_target(UrlAddress& address, std::string_view target) {
  const std::size_t mark = target.find('?');
  address.path = target.substr(0, mark);
  if (mark != target.npos) address.query = target.substr(mark + 1);
  if (address.path.empty()) address.path = "/";
}

}  // namespace

std::optional<UrlAddress> url_address(const http::Head& head) {
  const std::string_view host = head.headers.get("Host");
  const std::string name = lower(host.substr(0, host.size() - port_of(host).size()));
  UrlAddress address;
  address.domain = name;
  if (auto id = id_in_host(name)) {
    address.id = *std::move(id);
    set_target(address, head.target);
    return address;
  }
  if (!head.target.starts_with(path_prefix)) return std::nullopt;
  const std::string_view rest = std::string_view{head.target}.substr(path_prefix.size());
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  address.id = rest.substr(0, end);
  address.in_path = true;
  set_target(address, rest.substr(end));
  return address;
}

std::string function_url(std::string_view id, std::string_view region, std::string_view host) {
  std::string url = "http://";
  url.append(id).append(".").append(service_label).append(".").append(region).append(".").append(our_domain);
  return url.append(port_of(host)).append("/");
}

}  // namespace lmi::emulator::control_plane
