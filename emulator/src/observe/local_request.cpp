#include "observe/local_request.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace lmi::emulator::observe {
namespace {

std::string_view without_port(std::string_view host) {
  if (!host.empty() && host.front() == '[') {
    const auto end = host.find(']');
    return end == std::string_view::npos ? host : host.substr(0, end + 1);
  }
  return host.substr(0, host.find(':'));
}

bool is_ip_address(std::string_view host) {
  const bool v6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const bool v4 = !host.empty() && host.find('.') != std::string_view::npos &&
                  host.find_first_not_of("0123456789.") == std::string_view::npos;
  return v4 || v6;
}

std::string lower(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

}  // namespace

bool is_local_request(const http::Head& head) {
  const std::string host = lower(head.headers.get("Host"));
  const std::string_view name = without_port(host);
  if (name != "localhost" && !is_ip_address(name)) return false;
  // What a page of another site asks for without an Origin: an image, a script, a link.
  const std::string_view site = head.headers.get("Sec-Fetch-Site");
  if (!site.empty() && site != "none" && site != "same-origin") return false;
  const std::string* origin = head.headers.find("Origin");
  return origin == nullptr || lower(*origin) == "http://" + host;
}

}  // namespace lmi::emulator::observe
