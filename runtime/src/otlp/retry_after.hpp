#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace lmi::otlp {

/// How long a Retry-After header asks to wait: whole seconds, or until an HTTP date; a date that has passed
/// is zero. Nothing when it is neither. Pure.
std::optional<std::chrono::seconds> parse_retry_after(const std::string& text,
                                                      std::chrono::system_clock::time_point now);

}  // namespace lmi::otlp
