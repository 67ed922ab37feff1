#pragma once

#include "http/exchange.hpp"
#include "model/function_url.hpp"

#include <string>

/// CORS of a function URL by its configuration (AWS documentation, "Cross-origin resource sharing"). Pure.
namespace lmi::emulator::control_plane {

/// Whether a browser asks in advance if a page may call.
bool is_preflight(const http::Head& head);

/// The answer to that; the function is not asked. What the configuration does not allow is left out, and the
/// browser refuses.
http::Response preflight_response(const model::UrlCors& cors, const http::Head& head);

/// Adds what the configuration says to the response to `origin` (of the request; empty: it had none). It
/// replaces what the function said in the same headers.
void add_cors(const model::UrlCors& cors, const std::string& origin, http::Headers& headers);

}  // namespace lmi::emulator::control_plane
