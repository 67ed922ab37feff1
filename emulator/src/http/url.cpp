#include "http/url.hpp"

#include <algorithm>
#include <charconv>

namespace lmi::emulator::http {

std::optional<Url> parse_url(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  const auto is_odd = [](char c) { return c <= ' ' || c == '#' || c == '@' || c == 0x7F; };
  if (!text.starts_with(scheme) || std::any_of(text.begin(), text.end(), is_odd)) return std::nullopt;
  text.remove_prefix(scheme.size());
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());

  Url url;
  url.authority = text.substr(0, end);
  if (const std::string_view rest = text.substr(end); !rest.empty())
    url.target = (rest.front() == '?' ? "/" : "") + std::string{rest};

  std::string_view host = url.authority;
  std::string_view port;
  if (const std::size_t closing = host.find(']'); host.starts_with('[') && closing != host.npos) {
    port = host.substr(closing + 1);
    host = host.substr(1, closing - 1);
  } else if (const std::size_t colon = host.find(':'); colon != host.npos) {
    port = host.substr(colon);
    host = host.substr(0, colon);
  }
  if (host.empty()) return std::nullopt;
  url.host = host;
  if (port.empty()) return url;
  if (port.front() != ':') return std::nullopt;
  port.remove_prefix(1);
  const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
  const bool good = error == std::errc{} && stop == port.data() + port.size() && url.port != 0;
  return good ? std::optional{url} : std::nullopt;
}

}  // namespace lmi::emulator::http
