#include "otlp/url.hpp"

#include <algorithm>
#include <charconv>

namespace lmi::otlp {

std::optional<Url> parse_url(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  const auto unusable = [](char c) { return c <= ' ' || c == 0x7F || c == '#' || c == '@'; };
  if (!text.starts_with(scheme) || std::any_of(text.begin(), text.end(), unusable)) return std::nullopt;
  text.remove_prefix(scheme.size());

  Url url;
  const auto authority = text.substr(0, std::min(text.find_first_of("/?"), text.size()));
  url.target = text.substr(authority.size());
  if (url.target.empty() || url.target.front() != '/') url.target.insert(0, "/");

  // Inside brackets a colon belongs to the address.
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  auto host = authority.substr(0, std::min(colon, authority.size()));
  if (colon != std::string_view::npos) {
    const auto digits = authority.substr(colon + 1);
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (failure != std::errc{} || end != digits.data() + digits.size() || url.port == 0) return std::nullopt;
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host.empty()) return std::nullopt;
  url.host = host;
  return url;
}

}  // namespace lmi::otlp
