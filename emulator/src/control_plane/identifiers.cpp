#include "control_plane/identifiers.hpp"

#include <openssl/rand.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <stdexcept>
#include <string_view>

namespace lmi::emulator::control_plane {
namespace {

template <std::size_t Count>
std::array<unsigned char, Count> random_bytes() {
  std::array<unsigned char, Count> bytes{};
  if (RAND_bytes(bytes.data(), Count) != 1) throw std::runtime_error{"the system has no random numbers"};
  return bytes;
}

template <std::size_t Count>
std::string hex(const std::array<unsigned char, Count>& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 0xF];
  }
  return text;
}

}  // namespace

std::string random_uuid() {
  auto bytes = random_bytes<16>();
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  std::string text = hex(bytes);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

std::string new_trace_id(std::chrono::system_clock::time_point now) {
  std::array<char, 16> seconds{};
  std::snprintf(seconds.data(), seconds.size(), "%08llx",
                static_cast<unsigned long long>(std::chrono::system_clock::to_time_t(now)));
  return std::string{"Root=1-"} + seconds.data() + "-" + hex(random_bytes<12>()) + ";Sampled=0";
}

double epoch_seconds(std::chrono::system_clock::time_point time) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
  return static_cast<double>(since.count()) / 1000.0;
}

}  // namespace lmi::emulator::control_plane
