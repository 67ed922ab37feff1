#include "label.hpp"

namespace orders {
namespace {

constexpr std::uint32_t bar = 4;  // pixels
constexpr std::uint32_t width = 32 * bar;
constexpr std::uint32_t height = 32;
constexpr std::uint32_t header_size = 54;
constexpr std::uint32_t pixels_size =
    width * height * 3;  // rows are multiples of 4 bytes, so without padding

void append(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 255U);
}

}  // namespace

std::string make_label(std::uint32_t number) {
  std::string bmp = "BM";
  append(bmp, header_size + pixels_size, 4);
  append(bmp, 0, 4);
  append(bmp, header_size, 4);
  append(bmp, 40, 4);  // size of the second header
  append(bmp, width, 4);
  append(bmp, height, 4);
  append(bmp, 1, 2);   // planes
  append(bmp, 24, 2);  // bits a pixel
  append(bmp, 0, 4);   // not compressed
  append(bmp, pixels_size, 4);
  for (int i = 0; i < 4; ++i) append(bmp, 0, 4);  // resolution and palette: none
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      const bool black = (number >> (31U - x / bar) & 1U) != 0;
      bmp.append(3, black ? '\0' : '\xFF');
    }
  }
  return bmp;
}

}  // namespace orders
