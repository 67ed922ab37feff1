#pragma once

#include "http/exchange.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lmi::emulator::control_plane {

/// A request's target, seen from the function URL it was sent to. As sent: still percent-encoded.
struct UrlAddress {
  std::string id;        ///< Of the function URL; whether there is one is another question.
  std::string path;      ///< Begins with '/'.
  std::string query;     ///< Without '?'.
  std::string domain;    ///< What the event names as domainName.
  bool in_path = false;  ///< The id stood in the path, not in the host name.
};

/// Whether a request is for a function URL, by its Host header, "<id>.lambda-url.<region>.localhost", or by
/// its path, "/lambda-url/<id>/…", for clients that cannot reach such a name. Pure.
std::optional<UrlAddress> url_address(const http::Head& head);

/// The URL as clients see it. `host`: how this client reaches the emulator; only its port counts.
std::string function_url(std::string_view id, std::string_view region, std::string_view host);

}  // namespace lmi::emulator::control_plane
