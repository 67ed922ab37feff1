#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace thumbnail {

/// Standard alphabet, padded.
std::string base64_encode(std::string_view bytes);

/// Nothing when `text` is not base64. Line breaks are allowed, missing padding is not.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace thumbnail
