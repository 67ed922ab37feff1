#include "thumbnail.hpp"

#include <gd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>

namespace thumbnail {
namespace {

constexpr int jpeg_quality = 85;
constexpr int png_compression = 6;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
struct Destroy {
  void operator()(gdImage* image) const { gdImageDestroy(image); }
};
using File = std::unique_ptr<std::FILE, Close>;
using Image = std::unique_ptr<gdImage, Destroy>;

lmi::Error scratch_failed(const std::filesystem::path& path) {
  return {.type = "ScratchFailed", .message = "cannot use " + path.string()};
}

Image decode(std::FILE* file, ImageFormat format) {
  return Image{format == ImageFormat::jpeg ? gdImageCreateFromJpeg(file) : gdImageCreateFromPng(file)};
}

Image scale(gdImage& source, std::uint32_t width, std::uint32_t height) {
  Image scaled{gdImageCreateTrueColor(static_cast<int>(width), static_cast<int>(height))};
  if (!scaled) return nullptr;
  gdImageAlphaBlending(scaled.get(), 0);  // keep a PNG's transparency instead of mixing it with black
  gdImageSaveAlpha(scaled.get(), 1);
  gdImageCopyResampled(scaled.get(), &source, 0, 0, 0, 0, gdImageSX(scaled.get()), gdImageSY(scaled.get()),
                       gdImageSX(&source), gdImageSY(&source));
  return scaled;
}

void encode(gdImage& image, std::FILE* file, ImageFormat format) {
  if (format == ImageFormat::jpeg) {
    gdImageJpeg(&image, file, jpeg_quality);
  } else {
    gdImagePngEx(&image, file, png_compression);
  }
}

}  // namespace

lmi::Result<Thumbnail> make_thumbnail(std::string_view image, std::uint32_t width,
                                      const std::filesystem::path& scratch) {
  if (width == 0 || width > max_width) {
    return lmi::Error{.type = "BadWidth", .message = "width must be 1 to " + std::to_string(max_width)};
  }
  const auto header = read_image_header(image);
  if (!header || header->width == 0 || header->height == 0) {
    return lmi::Error{.type = "NotAnImage", .message = "the bytes are neither a JPEG nor a PNG"};
  }
  if (!header->whole) return lmi::Error{.type = "NotAnImage", .message = "the image is cut short"};
  if (std::uint64_t{header->width} * header->height > max_pixels) {
    return lmi::Error{.type = "ImageTooLarge",
                      .message = std::to_string(header->width) + " x " + std::to_string(header->height) +
                                 " pixels are more than " + std::to_string(max_pixels)};
  }

  const auto source_path = scratch / "source";
  const auto thumbnail_path = scratch / "thumbnail";
  std::ofstream stored{source_path, std::ios::binary};
  stored.write(image.data(), static_cast<std::streamsize>(image.size()));
  stored.close();
  if (!stored) return scratch_failed(source_path);
  const File source_file{std::fopen(source_path.c_str(), "rb")};
  if (!source_file) return scratch_failed(source_path);
  const Image source = decode(source_file.get(), header->format);
  if (!source) return lmi::Error{.type = "NotAnImage", .message = "the image is damaged"};

  const double proportion = static_cast<double>(gdImageSY(source.get())) / gdImageSX(source.get());
  const auto height = static_cast<std::uint32_t>(std::clamp(std::lround(width * proportion), 1L, 65'000L));
  if (std::uint64_t{width} * height > max_pixels) {
    return lmi::Error{.type = "ImageTooLarge",
                      .message = "so wide, it would be " + std::to_string(height) + " high"};
  }
  const Image scaled = scale(*source, width, height);
  if (!scaled) return lmi::Error{.type = "ImageTooLarge", .message = "there is no memory for it"};

  File thumbnail_file{std::fopen(thumbnail_path.c_str(), "wb")};
  if (!thumbnail_file) return scratch_failed(thumbnail_path);
  encode(*scaled, thumbnail_file.get(), header->format);
  if (std::ferror(thumbnail_file.get()) != 0 || std::fclose(thumbnail_file.release()) != 0) {
    return scratch_failed(thumbnail_path);
  }
  std::ifstream made{thumbnail_path, std::ios::binary};
  Thumbnail thumbnail{.bytes = {std::istreambuf_iterator<char>{made}, std::istreambuf_iterator<char>{}},
                      .format = header->format,
                      .width = width,
                      .height = height,
                      .source_width = header->width,
                      .source_height = header->height};
  if (!made || thumbnail.bytes.empty()) return scratch_failed(thumbnail_path);
  return thumbnail;
}

}  // namespace thumbnail
