#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lmi::core {

/// Appends `text` as the inside of a JSON string (without the quotes): control characters, quotes and
/// backslashes escaped, every byte that is not part of valid UTF-8 replaced by U+FFFD. Stops before `out`
/// would grow past `limit` bytes, never inside a character or an escape. Returns the number of bytes of
/// `text` that were used: text.size() when nothing was cut.
std::size_t append_json_text(std::string& out, std::string_view text, std::size_t limit = std::string::npos);

/// Whether every byte is part of valid UTF-8.
bool is_utf8(std::string_view text) noexcept;

}  // namespace lmi::core
