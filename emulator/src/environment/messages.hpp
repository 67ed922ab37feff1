#pragma once

#include "environment/environment.hpp"
#include "http/exchange.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

/// What passes between callers and the runtime, as values.
namespace lmi::emulator::environment {

inline constexpr std::size_t max_response_bytes = 6 * 1024 * 1024 + 100;
/// Of an answer that goes to its caller while it is streamed: 200 MB (AWS documentation, for Lambda in
/// general; nothing is documented for Managed Instances).
inline constexpr std::size_t max_streamed_bytes = 200 * 1024 * 1024;
inline constexpr std::size_t max_error_bytes = 1024 * 1024;

inline constexpr const char* nonce_header = "Lambda-Runtime-Invocation-Id";
inline constexpr const char* error_type_header = "Lambda-Runtime-Function-Error-Type";
inline constexpr const char* error_body_trailer = "Lambda-Runtime-Function-Error-Body";
inline constexpr const char* response_mode_header = "Lambda-Runtime-Function-Response-Mode";

/// The headers of /next (runtime-api.md §3); an optional one is left out when there is nothing in it.
http::Headers next_headers(const EnvironmentSpec& spec, const Invocation& invocation,
                           const std::string& nonce);

/// An outcome that the platform made up, with the JSON object that stands for a payload.
Outcome platform_outcome(Outcome::Kind kind, std::string_view error_type, std::string_view message = {});

/// "Task timed out after 3.00 seconds".
Outcome timeout_outcome(std::chrono::milliseconds timeout);

/// What a /response body amounts to for the caller, and for the runtime.
Outcome response_outcome(http::Body body, std::string content_type, bool streamed);
/// `limit`: of the body that was read.
http::Response response_reply(http::BodyEnd end, std::size_t limit);

}  // namespace lmi::emulator::environment
