#pragma once

#include <zlib.h>

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::control_plane::frames {

struct Frame {
  std::map<std::string, std::string> headers;
  std::string payload;
};

inline std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t number = 0;
  for (const char byte : bytes.substr(at, size)) number = number << 8U | static_cast<unsigned char>(byte);
  return number;
}

inline std::uint32_t checksum_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

/// Reads event-stream frames as a client does, by their lengths; throws std::runtime_error for anything that
/// is not as it should be.
inline std::vector<Frame> read_frames(std::string_view bytes) {
  const auto demand = [](bool condition, const char* what) {
    if (!condition) throw std::runtime_error{what};
  };
  std::vector<Frame> frames;
  while (!bytes.empty()) {
    demand(bytes.size() >= 16, "half a frame");
    const std::size_t total = number_at(bytes, 0, 4);
    const std::size_t headers_size = number_at(bytes, 4, 4);
    demand(total <= bytes.size() && headers_size + 16 <= total, "lengths do not fit");
    demand(number_at(bytes, 8, 4) == checksum_of(bytes.substr(0, 8)), "the prelude's checksum is wrong");
    demand(number_at(bytes, total - 4, 4) == checksum_of(bytes.substr(0, total - 4)), "a checksum is wrong");
    Frame frame;
    std::string_view headers = bytes.substr(12, headers_size);
    while (!headers.empty()) {
      const std::size_t name_size = number_at(headers, 0, 1);
      demand(headers.size() >= 4 + name_size, "a header's name does not fit");
      const std::string name{headers.substr(1, name_size)};
      demand(number_at(headers, 1 + name_size, 1) == 7, "a header is no text");
      const std::size_t value_size = number_at(headers, 2 + name_size, 2);
      demand(headers.size() >= 4 + name_size + value_size, "a header's value does not fit");
      frame.headers[name] = headers.substr(4 + name_size, value_size);
      headers.remove_prefix(4 + name_size + value_size);
    }
    frame.payload = bytes.substr(12 + headers_size, total - headers_size - 16);
    frames.push_back(std::move(frame));
    bytes.remove_prefix(total);
  }
  return frames;
}

/// The bytes that pairs of hexadecimal digits stand for.
inline std::string from_hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < digits.size(); at += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string{digits.substr(at, 2)}, nullptr, 16)));
  }
  return bytes;
}

}  // namespace lmi::emulator::control_plane::frames
