#pragma once

#include "image_header.hpp"

#include <cstdint>
#include <filesystem>
#include <lmi/error.hpp>
#include <string>
#include <string_view>

namespace thumbnail {

inline constexpr std::uint32_t max_width = 2000;
/// Pixels of a source: gd takes four bytes for each, and many invocations share this process's memory.
inline constexpr std::uint64_t max_pixels = 25'000'000;

struct Thumbnail {
  std::string bytes;  ///< JPEG or PNG, as the source was.
  ImageFormat format = ImageFormat::jpeg;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t source_width = 0;
  std::uint32_t source_height = 0;
};

/// Scales the JPEG or PNG in `image` to `width` pixels, keeping its proportions. Works in files under
/// `scratch`.
///
/// Threads: any number at once, each with a scratch directory of its own.
/// Errors:  NotAnImage, ImageTooLarge, BadWidth; ScratchFailed when the directory cannot be used.
lmi::Result<Thumbnail> make_thumbnail(std::string_view image, std::uint32_t width,
                                      const std::filesystem::path& scratch);

}  // namespace thumbnail
