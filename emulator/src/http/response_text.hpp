#pragma once

#include "http/exchange.hpp"
#include "http/outgoing_body.hpp"

#include <string>
#include <string_view>

namespace lmi::emulator::http {

struct ResponseFraming {
  bool keep_alive = true;
  bool http_1_0 = false;
  BodyFraming body = BodyFraming::sized;
};

/// Status line and header fields with the empty line after them. Adds Connection and what tells the body's
/// end: Content-Length (of `response.body`, also when it will not be sent, as for HEAD) or Transfer-Encoding.
/// Line breaks inside values become spaces: a value that came from a caller must not be able to add fields.
std::string response_head(const Response& response, ResponseFraming framing);

/// Whether a response to `method` with `status` may carry a body.
bool sends_body(std::string_view method, unsigned status) noexcept;

std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace lmi::emulator::http
