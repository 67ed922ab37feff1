#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace thumbnail {

enum class ImageFormat { jpeg, png };

/// What an image's first bytes say about it.
struct ImageHeader {
  ImageFormat format = ImageFormat::jpeg;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool whole =
      false;  ///< The mark that ends the image is there. Decoders fill what is missing of a JPEG with grey.
};

/// Reads format and size without decoding: a few kilobytes can hold an image that takes gigabytes unpacked,
/// so the size is checked before the library sees it. Nothing when it is neither a JPEG nor a PNG, or is cut
/// short.
std::optional<ImageHeader> read_image_header(std::string_view bytes);

}  // namespace thumbnail
