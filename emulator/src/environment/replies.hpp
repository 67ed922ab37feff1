#pragma once

#include "http/exchange.hpp"

#include <cstddef>
#include <string>
#include <string_view>

/// The Runtime and Extensions APIs' own answers, byte for byte as the official emulator gives them
/// (runtime-api.md §0, §1).
namespace lmi::emulator::environment::replies {

http::Response accepted();  ///< 202 {"status":"OK"}
http::Response error(unsigned status, std::string_view type, std::string_view message);

http::Response invalid_request_id();
http::Response invoke_timeout();
http::Response invalid_response_mode();
http::Response too_large(std::size_t limit);
http::Response truncated();
http::Response internal_error();
http::Response init_error_sent_twice();

http::Response not_found();           ///< Go's router's text.
http::Response method_not_allowed();  ///< Without a body.
http::Response pong();

}  // namespace lmi::emulator::environment::replies
