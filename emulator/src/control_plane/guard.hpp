#pragma once

#include "http/exchange.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lmi::emulator::control_plane {

/// Why a request may not come in, or nullopt. A service that runs uploaded code must not be reachable from a
/// web page: a browser says so itself (Origin), or was led here by a name that is not this machine's (Host:
/// DNS rebinding). For every endpoint of the emulator, not only AWS's.
std::optional<std::string> refuse_web_page(const http::Head& head, std::string_view listen_address);

/// Its first half: what a browser itself says (Origin, Sec-Fetch-Site). Enough where the signature is
/// verified, which covers the host and which no web page can make.
std::optional<std::string> refuse_browser(const http::Head& head);
/// The second half of that alone: for function URLs, which web pages may be meant to call.
std::optional<std::string> refuse_foreign_host(const http::Head& head, std::string_view listen_address);

/// What the Authorization header says. The signature itself is not verified.
struct Credential {
  bool present = false;  ///< A SigV4 header with a well-formed scope.
  std::string region;
};
Credential credential_of(const http::Head& head);

}  // namespace lmi::emulator::control_plane
