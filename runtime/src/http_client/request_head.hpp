#pragma once

#include "http_client/url.hpp"
#include "lmi/http_client.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lmi::http_client {

/// Whether a method may be sent twice with the effect of once: RFC 9110 §9.2.2, without TRACE.
bool is_idempotent(std::string_view method) noexcept;

/// Why this call must not be sent, if so: a method that is no token, a header with CR, LF or NUL (header
/// injection), or one of the headers the client writes itself. Pure.
std::optional<HttpCallError> refuse(std::string_view method, const HeaderList& headers);

/// What a request head says.
struct RequestHead {
  std::string_view method;
  const Target& target;
  const HeaderList& headers;  ///< Were not refused.
  std::size_t body_bytes = 0;
  bool ask_first = false;  ///< Expect: 100-continue.
};

/// Everything up to the body: request line, Host, headers, length, empty line. Pure.
std::string format(const RequestHead& request);

}  // namespace lmi::http_client
