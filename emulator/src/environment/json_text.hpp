#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::environment {

/// The little JSON this layer reads and writes. Payloads are never parsed.

/// `text` as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD.
std::string json_quoted(std::string_view text);

/// What the platform gives a caller in place of a payload: {"errorType":…,"errorMessage":…}; no message, no
/// key.
std::string json_error_payload(std::string_view type, std::string_view message = {});

/// "errorMessage" of an error object that a runtime sent; "" when there is none.
std::string error_message_in(std::string_view body);

/// The body of POST /extension/register.
struct Registration {
  std::vector<std::string> events;
  bool has_configuration_keys = false;
};
/// Empty and `error` when it is not what it should be.
std::optional<Registration> parse_registration(std::string_view body, std::string& error);

}  // namespace lmi::emulator::environment
