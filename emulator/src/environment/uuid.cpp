#include "environment/uuid.hpp"

#include <sys/random.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <system_error>

namespace lmi::emulator::environment {
namespace {

constexpr std::size_t uuid_length = 36;
constexpr bool dash_at(std::size_t i) {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

}  // namespace

std::string random_uuid() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw std::system_error(errno, std::generic_category(),
                            "getrandom");  // so few bytes never fail once booted
  }
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);

  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(uuid_length);
  for (const unsigned char byte : bytes) {
    if (dash_at(text.size())) text.push_back('-');
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 0x0f]);
  }
  return text;
}

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != uuid_length) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool fits = dash_at(i) ? text[i] == '-' : std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
    if (!fits) return false;
  }
  return true;
}

}  // namespace lmi::emulator::environment
