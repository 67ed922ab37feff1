#include "core/json_text.hpp"

#include <array>

namespace lmi::core {
namespace {

using Byte = unsigned char;

bool continues(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<Byte>(text[at]) & 0xC0U) == 0x80U;
}

/// Length of the valid UTF-8 sequence of several bytes that starts at `at`, or 0.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto lead = static_cast<Byte>(text[at]);
  const auto second = at + 1 < text.size() ? static_cast<Byte>(text[at + 1]) : Byte{0};
  if (lead >= 0xC2 && lead <= 0xDF) return continues(text, at + 1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (lead == 0xE0 && second < 0xA0) return 0;  // overlong
    if (lead == 0xED && second > 0x9F) return 0;  // surrogate
    return continues(text, at + 1) && continues(text, at + 2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (lead == 0xF0 && second < 0x90) return 0;  // overlong
    if (lead == 0xF4 && second > 0x8F) return 0;  // above U+10FFFF
    return continues(text, at + 1) && continues(text, at + 2) && continues(text, at + 3) ? 4 : 0;
  }
  return 0;
}

/// What stands for one ASCII character; empty: the character itself.
std::string_view escape(Byte c, std::array<char, 6>& room) {
  switch (c) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: break;
  }
  if (c >= 0x20 && c != 0x7F) return {};
  constexpr std::string_view digits = "0123456789abcdef";
  room = {'\\', 'u', '0', '0', digits[c >> 4U], digits[c & 0xFU]};
  return {room.data(), room.size()};
}

}  // namespace

std::size_t append_json_text(std::string& out, std::string_view text, std::size_t limit) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::array<char, 6> room{};
  std::size_t at = 0;
  while (at < text.size()) {
    const auto c = static_cast<Byte>(text[at]);
    std::size_t used = 1;
    auto piece = text.substr(at, 1);
    if (c < 0x80) {
      if (const auto escaped = escape(c, room); !escaped.empty()) piece = escaped;
    } else if (const auto length = sequence_length(text, at); length > 0) {
      used = length;
      piece = text.substr(at, length);
    } else {
      piece = replacement;
    }
    if (out.size() + piece.size() > limit) break;
    out.append(piece);
    at += used;
  }
  return at;
}

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const auto length = static_cast<Byte>(text[at]) < 0x80 ? 1 : sequence_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace lmi::core
