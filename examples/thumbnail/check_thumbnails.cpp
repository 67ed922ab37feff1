// check_thumbnails PHOTOS RESPONSES WIDTH: looks at every answer `lmi load --save-responses` wrote and says
// whether each is a whole image of that width and of the photograph that was sent. Exit code 0 when all are.

#include "image_header.hpp"

#include <nlohmann/json.hpp>

#include <gd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <lmi/base64.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Destroy {
  void operator()(gdImage* image) const { gdImageDestroy(image); }
};
using Image = std::unique_ptr<gdImage, Destroy>;

/// Mean colours of a coarse grid: alike for an image and its thumbnail, different for different photographs.
constexpr int grid = 8;
using Signature = std::array<double, 3 * grid * grid>;

struct Photo {
  std::string name;
  int width = 0;
  int height = 0;
  Signature signature{};
};

std::optional<std::string> read_file(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

Image decode(std::string& bytes) {
  const auto header = thumbnail::read_image_header(bytes);
  if (!header || !header->whole) return nullptr;
  const int size = static_cast<int>(bytes.size());
  return Image{header->format == thumbnail::ImageFormat::jpeg ? gdImageCreateFromJpegPtr(size, bytes.data())
                                                              : gdImageCreateFromPngPtr(size, bytes.data())};
}

Signature sign(gdImage& image) {
  Signature sums{};
  std::array<double, grid * grid> counts{};
  for (int y = 0; y < gdImageSY(&image); ++y) {
    for (int x = 0; x < gdImageSX(&image); ++x) {
      const auto cell =
          static_cast<std::size_t>((y * grid / gdImageSY(&image)) * grid + x * grid / gdImageSX(&image));
      const int colour = gdImageGetTrueColorPixel(&image, x, y);
      sums[3 * cell] += gdTrueColorGetRed(colour);
      sums[3 * cell + 1] += gdTrueColorGetGreen(colour);
      sums[3 * cell + 2] += gdTrueColorGetBlue(colour);
      counts[cell] += 1;
    }
  }
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] /= std::max(counts[i / 3], 1.0);
  return sums;
}

/// Mean difference of a colour channel, 0 to 255.
double distance(const Signature& a, const Signature& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

std::map<std::string, Photo> read_photos(const fs::path& directory) {
  std::map<std::string, Photo> photos;
  for (const auto& entry : fs::directory_iterator{directory}) {
    auto bytes = read_file(entry.path());
    const Image image = bytes ? decode(*bytes) : nullptr;
    if (!image) continue;  // the folder also says where they come from
    const auto name = entry.path().stem().string();
    photos[name] = {name, gdImageSX(image.get()), gdImageSY(image.get()), sign(*image)};
  }
  return photos;
}

/// What is wrong with the answer to `sent`, or "".
std::string check(const std::string& answer, const Photo& sent, const std::map<std::string, Photo>& photos,
                  int width) {
  // Scaling and JPEG's rounding stay far below this; two different photographs far above.
  constexpr double greatest_distance = 6.0;

  const auto json = nlohmann::json::parse(answer, nullptr, false);
  if (!json.is_object() || !json.contains("image") || !json["image"].is_string())
    return "no \"image\" in the answer";
  auto bytes = lmi::base64_decode(json["image"].get_ref<const std::string&>());
  if (!bytes) return "not base64";
  const Image image = decode(*bytes);
  if (!image) return "not a whole JPEG or PNG";

  const long height = std::lround(static_cast<double>(width) * sent.height / sent.width);
  if (gdImageSX(image.get()) != width || gdImageSY(image.get()) != height) {
    return std::to_string(gdImageSX(image.get())) + " x " + std::to_string(gdImageSY(image.get())) +
           " instead of " + std::to_string(width) + " x " + std::to_string(height);
  }
  const Signature signature = sign(*image);
  const auto nearest = std::min_element(photos.begin(), photos.end(), [&](const auto& a, const auto& b) {
    return distance(signature, a.second.signature) < distance(signature, b.second.signature);
  });
  if (nearest->first != sent.name) return "looks like " + nearest->first;
  if (distance(signature, sent.signature) > greatest_distance)
    return "its colours are not those of the photograph";
  return {};
}

/// "00000042-chelsea.json" → "chelsea".
std::string photo_name(const fs::path& response) {
  const auto stem = response.stem().string();
  return stem.substr(std::min(stem.find('-'), stem.size() - 1) + 1);
}

}  // namespace

int main(int argc, char** argv) {
  const int width = argc == 4 ? std::atoi(argv[3]) : 0;
  if (width <= 0) {
    std::cerr << "usage: check_thumbnails PHOTOS RESPONSES WIDTH\n";
    return 2;
  }
  gdSetErrorMethod([](int, const char*, va_list) {});  // a photograph's odd colour profile is not news
  try {
    const auto photos = read_photos(argv[1]);
    std::size_t checked = 0;
    std::size_t wrong = 0;
    std::map<std::string, std::size_t> seen;
    for (const auto& entry : fs::directory_iterator{argv[2]}) {
      const auto answer = read_file(entry.path());
      const auto sent = photos.find(photo_name(entry.path()));
      std::string problem = "no such photograph";
      if (sent != photos.end())
        problem = answer ? check(*answer, sent->second, photos, width) : "cannot be read";
      ++checked;
      ++seen[photo_name(entry.path())];
      if (problem.empty()) continue;
      if (++wrong <= 10) std::cerr << entry.path().filename().string() << ": " << problem << '\n';
    }
    std::cout << checked << " images checked against " << seen.size() << " photographs: " << checked - wrong
              << " right, " << wrong << " wrong" << std::endl;
    return wrong == 0 && checked > 0 ? 0 : 1;
  } catch (const fs::filesystem_error& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 2;
  }
}
