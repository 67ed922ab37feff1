#pragma once

#include "http/exchange.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// How a function's answer becomes the HTTP response of its URL. Pure.
namespace lmi::emulator::control_plane {

/// The content type by which a streamed answer says that it begins with a prelude.
inline constexpr const char* http_integration_type = "application/vnd.awslambda.http-integration-response";

/// What a whole answer amounts to. nullopt: it looks like a response and is none (a 502).
std::optional<http::Response> response_of(std::string_view payload, std::string_view content_type);

/// Splits a streamed answer into its prelude, JSON with status, headers and cookies, and the body after the
/// eight NUL bytes that end it.
class PreludeReader {
 public:
  enum class State { incomplete, complete, malformed };

  /// Takes the next bytes. Once complete, feed no more.
  State feed(std::string_view bytes);

  /// When complete: status and headers, and as body what has come after the prelude so far.
  http::Response take() { return std::move(response_); }

  /// More than this is no prelude. Ours.
  static constexpr std::size_t max_bytes = 64 * 1024;

 private:
  std::string text_;
  http::Response response_;
};

/// The function failed, or gave what is no response. Text and status: seen on AWS by LocalStack's tests.
http::Response bad_gateway();
/// The function timed out. Status and text are ours.
http::Response gateway_timeout();
/// No signature where one is needed, or a web page where none may call.
http::Response forbidden();
/// Its body, as users of AWS report it since October 2025 (before that, "Forbidden" was all).
inline constexpr const char* forbidden_text =
    R"({"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: )"
    R"(https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"})";
/// There is no such function URL: as AWS answers, seen by LocalStack's tests.
http::Response no_such_url();
/// The request, as an event, is larger than a payload may be. The text is ours.
http::Response request_too_large();

}  // namespace lmi::emulator::control_plane
