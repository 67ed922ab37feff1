#pragma once

#include "lmi/error.hpp"
#include "lmi/stream.hpp"

#include <string>
#include <string_view>
#include <system_error>

namespace lmi::invoke {

/// By this the platform knows that a stream begins with an HTTP prelude.
inline constexpr std::string_view http_integration_type =
    "application/vnd.awslambda.http-integration-response";

/// {"statusCode":…,"headers":{…},"cookies":[…]} and the eight NUL bytes that end it. Throws lmi::Error for
/// what cannot be an HTTP response's head. Pure.
std::string http_prelude(const HttpPrelude& prelude);

/// Throws std::logic_error once the stream has started: its headers have left.
void set_stream_type(detail::Outcome& outcome, std::string type);

/// What a handler is told when its stream takes no more.
Error stream_closed(const std::error_code& failure);

}  // namespace lmi::invoke
