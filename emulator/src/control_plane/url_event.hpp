#pragma once

#include "control_plane/url_address.hpp"
#include "http/exchange.hpp"

#include <chrono>
#include <string>

namespace lmi::emulator::control_plane {

/// One HTTP request to a function URL.
struct UrlRequest {
  const UrlAddress& address;
  const http::Head& head;
  const std::string& body;
  std::string request_id;
  std::string trace_id;
  std::string account_id;
  bool is_signed = false;  ///< The URL demands a signature, and the request bears one.
  std::chrono::system_clock::time_point time;
};

/// The event the function gets: payload format 2.0, as the documentation describes it for function URLs.
/// Pure.
std::string url_event(const UrlRequest& request);

}  // namespace lmi::emulator::control_plane
