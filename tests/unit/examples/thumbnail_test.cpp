#include "thumbnail.hpp"

#include "image_header.hpp"
#include "unit/cli/temp_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace thumbnail {
namespace {

using lmi::cli::test::TempDirectory;

std::string photo(const std::string& name) {
  std::ifstream file{std::filesystem::path{LMI_PHOTOS} / name, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

std::string error_type(const lmi::Result<Thumbnail>& result) {
  return result ? "none" : result.error().type;
}

TEST(ImageHeader, ReadsTheSizeOfRealPhotographs) {
  const auto png = read_image_header(photo("chelsea.png"));
  ASSERT_TRUE(png);
  EXPECT_EQ(png->format, ImageFormat::png);
  EXPECT_EQ(png->width, 451U);
  EXPECT_EQ(png->height, 300U);
  const auto jpeg = read_image_header(photo("hubble_deep_field.jpg"));
  ASSERT_TRUE(jpeg);
  EXPECT_EQ(jpeg->format, ImageFormat::jpeg);
  EXPECT_EQ(jpeg->width, 1000U);
  EXPECT_EQ(jpeg->height, 872U);
}

TEST(ImageHeader, NeverReadsPastTheEnd) {
  const auto whole = photo("rocket.jpg").substr(0, 4096);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    // A copy of exactly that size, so that reading past it would be noticed.
    const std::string part{whole.data(), length};
    const auto header = read_image_header(part);
    if (header) {
      EXPECT_EQ(header->width, 640U);
    }
  }
}

TEST(Thumbnail, KeepsTheProportionsAndTheFormat) {
  const TempDirectory scratch;
  const auto png = make_thumbnail(photo("chelsea.png"), 100, scratch.path());
  ASSERT_TRUE(png) << png.error().message;
  EXPECT_EQ(png->width, 100U);
  EXPECT_EQ(png->height, 67U);  // 300 / 451 of it
  EXPECT_EQ(png->source_width, 451U);
  const auto made = read_image_header(png->bytes);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->format, ImageFormat::png);
  EXPECT_EQ(made->width, 100U);
  EXPECT_EQ(made->height, 67U);

  const auto jpeg = make_thumbnail(photo("rocket.jpg"), 64, scratch.path());
  ASSERT_TRUE(jpeg) << jpeg.error().message;
  EXPECT_EQ(read_image_header(jpeg->bytes)->format, ImageFormat::jpeg);
}

TEST(Thumbnail, EveryPhotographOfTheDemoCanBeScaled) {
  const TempDirectory scratch;
  int photos = 0;
  for (const auto& entry : std::filesystem::directory_iterator{LMI_PHOTOS}) {
    if (entry.path().extension() == ".md") continue;
    const auto made = make_thumbnail(photo(entry.path().filename().string()), 160, scratch.path());
    EXPECT_TRUE(made) << entry.path() << ": " << made.error().message;
    ++photos;
  }
  EXPECT_EQ(photos, 8);
}

TEST(Thumbnail, ErrorsAreTyped) {
  const TempDirectory scratch;
  const auto chelsea = photo("chelsea.png");
  EXPECT_EQ(error_type(make_thumbnail("hello", 100, scratch.path())), "NotAnImage");
  EXPECT_EQ(error_type(make_thumbnail("", 100, scratch.path())), "NotAnImage");
  EXPECT_EQ(error_type(make_thumbnail(chelsea, 0, scratch.path())), "BadWidth");
  EXPECT_EQ(error_type(make_thumbnail(chelsea, max_width + 1, scratch.path())), "BadWidth");
  EXPECT_EQ(error_type(make_thumbnail(chelsea, 100, scratch.path() / "missing")), "ScratchFailed");
}

TEST(Thumbnail, AnImageCutShortIsAnErrorAndNotHalfAPicture) {
  const TempDirectory scratch;
  for (const std::string name : {"chelsea.png", "rocket.jpg"}) {
    const auto whole = photo(name);
    EXPECT_EQ(error_type(make_thumbnail(whole.substr(0, whole.size() / 2), 100, scratch.path())),
              "NotAnImage")
        << name;
  }
}

TEST(Thumbnail, ADamagedImageIsAnError) {
  const TempDirectory scratch;
  auto damaged = photo("chelsea.png");
  damaged.replace(damaged.size() / 2, 64, std::string(64, '\0'));
  EXPECT_EQ(error_type(make_thumbnail(damaged, 100, scratch.path())), "NotAnImage");
}

TEST(Thumbnail, AHugeImageIsRefusedBeforeItIsUnpacked) {
  const TempDirectory scratch;
  auto bomb = photo("chelsea.png");
  bomb.replace(16, 8, std::string{"\x00\x01\x00\x00\x00\x01\x00\x00", 8});  // 65,536 x 65,536
  EXPECT_EQ(error_type(make_thumbnail(bomb, 100, scratch.path())), "ImageTooLarge");
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

}  // namespace
}  // namespace thumbnail
