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
  constexpr unsigned char start_of_scan = 0xDA;
  std::optional<ImageHeader> header;
  std::size_t at = 2;
  while (at + 9 <= bytes.size() && bytes[at] == '\xFF') {
    const auto marker = static_cast<unsigned char>(bytes[at + 1]);
    if (marker == 0xFF) {  // a fill byte
      ++at;
      continue;
    }
    if (is_start_of_frame(marker)) {
      header = ImageHeader{.format = ImageFormat::jpeg,
                           .width = big_endian(bytes.substr(at + 7, 2)),
                           .height = big_endian(bytes.substr(at + 5, 2))};
    }
    if (marker == start_of_scan) {
      // From here on the two bytes of the end mark occur nowhere else. Before it they may: in a preview.
      if (header) header->whole = bytes.find("\xFF\xD9", at) != std::string_view::npos;
      break;
    }
    at += 2 + big_endian(bytes.substr(at + 2, 2));
  }
  return header;
}

}  // namespace

std::optional<ImageHeader> read_image_header(std::string_view bytes) {
  if (bytes.substr(0, png_start.size()) == png_start && bytes.size() >= png_header_size) {
    return ImageHeader{.format = ImageFormat::png,
                       .width = big_endian(bytes.substr(16, 4)),
                       .height = big_endian(bytes.substr(20, 4)),
                       .whole = bytes.rfind("IEND") != std::string_view::npos};
  }
  if (bytes.substr(0, 3) == "\xFF\xD8\xFF") return read_jpeg(bytes);
  return std::nullopt;
}

}  // namespace thumbnail
