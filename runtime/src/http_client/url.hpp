#pragma once

#include "lmi/http_call_error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lmi::http_client {

/// Where connections go: what a pool is made for.
struct Origin {
  bool tls = false;
  std::string host;  ///< Lower case; an IPv6 address without brackets.
  std::uint16_t port = 0;
  auto operator<=>(const Origin&) const = default;
};

/// "host:port", IPv6 in brackets: for messages.
std::string to_string(const Origin& origin);

/// An http(s) URL taken apart. Its parts hold only characters that may stand in a request head.
struct Target {
  Origin origin;
  std::string path;  ///< Request target: path and query, at least "/".
  std::string host;  ///< The Host header: the port only when it is not the scheme's own.
  std::string url;   ///< Without fragment.
};

/// Refuses what is not absolute, not http or https, has user information, no host, or port 0. Pure.
HttpResult<Target> parse_url(std::string_view url);

/// The target of a Location header found at `base`. Refuses https to http. Pure.
HttpResult<Target> resolve_reference(const Target& base, std::string_view location);

}  // namespace lmi::http_client
