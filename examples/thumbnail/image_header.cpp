#include "image_header.hpp"

#include <cstddef>

namespace thumbnail {
namespace {

constexpr std::string_view png_start{"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16};
constexpr std::size_t png_header_size = 24;

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

/// The markers that carry a size: start of frame 0 to 15, without the three numbers that mean tables.
bool is_start_of_frame(unsigned char marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

std::optional<ImageHeader> read_jpeg(std::string_view bytes) {
  std::size_t at = 2;
  while (at + 9 <= bytes.size()) {
    if (bytes[at] != '\xFF') return std::nullopt;
    const auto marker = static_cast<unsigned char>(bytes[at + 1]);
    if (marker == 0xFF) {  // a fill byte
      ++at;
      continue;
    }
    if (is_start_of_frame(marker)) {
      return ImageHeader{ImageFormat::jpeg, big_endian(bytes.substr(at + 7, 2)),
                         big_endian(bytes.substr(at + 5, 2))};
    }
    at += 2 + big_endian(bytes.substr(at + 2, 2));
  }
  return std::nullopt;
}

}  // namespace

std::optional<ImageHeader> read_image_header(std::string_view bytes) {
  if (bytes.substr(0, png_start.size()) == png_start && bytes.size() >= png_header_size) {
    return ImageHeader{ImageFormat::png, big_endian(bytes.substr(16, 4)), big_endian(bytes.substr(20, 4))};
  }
  if (bytes.substr(0, 3) == "\xFF\xD8\xFF") return read_jpeg(bytes);
  return std::nullopt;
}

}  // namespace thumbnail
