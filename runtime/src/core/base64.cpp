#include "lmi/base64.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace lmi {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_value = 255;

constexpr auto values = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(no_value);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}();

constexpr std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

/// The 6 bits of each of `count` characters from `at`, first character highest. Nothing when one of them is
/// not of the alphabet.
std::optional<std::uint32_t> bits_of(std::string_view text, std::size_t at, std::size_t count) {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = values[static_cast<unsigned char>(text[at + i])];
    if (value == no_value) return std::nullopt;
    bits = bits << 6U | value;
  }
  return bits;
}

/// What is wrong with `text`, all of which is fine before `from`.
Error invalid(std::string_view text, std::size_t from) {
  for (std::size_t at = from; at < text.size(); ++at) {
    if (values[static_cast<unsigned char>(text[at])] == no_value) {
      return {.type = "InvalidBase64", .message = "not base64 at byte " + std::to_string(at)};
    }
  }
  return {.type = "InvalidBase64", .message = "wrong padding at byte " + std::to_string(text.size() / 4 * 4)};
}

}  // namespace

void detail::append_base64(std::string& out, std::string_view bytes) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  std::size_t at = 0;
  for (; at + 3 <= bytes.size(); at += 3) {
    const auto bits = byte_at(bytes, at) << 16U | byte_at(bytes, at + 1) << 8U | byte_at(bytes, at + 2);
    const std::array<char, 4> group{alphabet[bits >> 18U], alphabet[bits >> 12U & 63U],
                                    alphabet[bits >> 6U & 63U], alphabet[bits & 63U]};
    out.append(group.data(), group.size());
  }
  const auto rest = bytes.size() - at;
  if (rest == 0) return;
  const auto bits = byte_at(bytes, at) << 16U | (rest == 2 ? byte_at(bytes, at + 1) << 8U : 0U);
  out += alphabet[bits >> 18U];
  out += alphabet[bits >> 12U & 63U];
  out += rest == 2 ? alphabet[bits >> 6U & 63U] : '=';
  out += '=';
}

std::string base64_encode(std::string_view bytes) {
  std::string text;
  detail::append_base64(text, bytes);
  return text;
}

Result<std::string> base64_decode(std::string_view text) {
  std::string bytes;
  if (text.empty()) return bytes;
  if (text.size() % 4 != 0) return invalid(text, 0);

  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const auto last = padding == 0 ? text.size() : text.size() - 4;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t at = 0; at < last; at += 4) {
    const auto bits = bits_of(text, at, 4);
    if (!bits) return invalid(text, at);
    const std::array<char, 3> group{static_cast<char>(*bits >> 16U), static_cast<char>(*bits >> 8U),
                                    static_cast<char>(*bits)};
    bytes.append(group.data(), group.size());
  }
  if (padding == 0) return bytes;

  const auto bits = bits_of(text, last, 4 - padding);
  if (!bits) return invalid(text, last);
  const auto spare = padding == 2 ? 4U : 2U;  // bits that carry no byte
  if ((*bits & ((1U << spare) - 1U)) != 0) {
    return Error{.type = "InvalidBase64",
                 .message = "unused bits set before the padding, at byte " + std::to_string(last)};
  }
  const auto value = *bits >> spare;
  if (padding == 1) bytes += static_cast<char>(value >> 8U);
  bytes += static_cast<char>(value);
  return bytes;
}

}  // namespace lmi
