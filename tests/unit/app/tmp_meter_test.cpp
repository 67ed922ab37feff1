#include "app/tmp_meter.hpp"

#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace lmi::emulator::app {
namespace {

namespace fs = std::filesystem;

constexpr fleet::EnvironmentId one{1};
constexpr std::uint64_t mebibyte = 1U << 20U;

class TmpMeterTest : public testing::Test {
 protected:
  void write(const std::string& name, std::size_t bytes) {
    fs::create_directories((root() / name).parent_path());
    std::ofstream{root() / name, std::ios::binary} << std::string(bytes, 'x');
  }
  fs::path root() const { return directory_.path(); }

  lmi::test::TemporaryDirectory directory_;
  TmpMeter meter_;
};

TEST_F(TmpMeterTest, CountsFilesAtAnyDepth) {
  write("a", 2 * mebibyte);
  write("b/c/d", 3 * mebibyte);
  const std::uint64_t used = meter_.used_bytes(one, root());
  EXPECT_GE(used, 5 * mebibyte);
  EXPECT_LT(used, 6 * mebibyte);
}

TEST_F(TmpMeterTest, NoticesWhatIsDeletedAndForgetsWhoIsGone) {
  write("a", 2 * mebibyte);
  EXPECT_GE(meter_.used_bytes(one, root()), 2 * mebibyte);
  fs::remove(root() / "a");
  EXPECT_EQ(meter_.used_bytes(one, root()), 0U);
  write("a", mebibyte);
  EXPECT_GE(meter_.used_bytes(one, root()), mebibyte);
  meter_.keep_only({});
  EXPECT_EQ(meter_.used_bytes(one, root() / "nowhere"), 0U);
}

TEST_F(TmpMeterTest, AHoleTakesNoRoom) {
  write("sparse", 1);
  fs::resize_file(root() / "sparse", 100 * mebibyte);
  EXPECT_LT(meter_.used_bytes(one, root()), mebibyte);
}

TEST_F(TmpMeterTest, LinksAreNotFollowed) {
  lmi::test::TemporaryDirectory elsewhere;
  std::ofstream{elsewhere.path() / "big"} << std::string(3 * mebibyte, 'x');
  fs::create_directory_symlink(elsewhere.path(), root() / "link");
  EXPECT_LT(meter_.used_bytes(one, root()), mebibyte);
}

TEST_F(TmpMeterTest, ManyFilesAreCountedOverSeveralLooks) {
  constexpr std::size_t files = 1500;
  constexpr std::uint64_t size = 4096;
  for (std::size_t i = 0; i < files; ++i) write("file" + std::to_string(i), size);
  const std::uint64_t first = meter_.used_bytes(one, root());
  EXPECT_GE(first, 1000 * size);
  EXPECT_LT(first, files * size) << "a look is at 1,000 entries";
  EXPECT_GE(meter_.used_bytes(one, root()), files * size);
  EXPECT_GE(meter_.used_bytes(one, root()), files * size) << "the next pass must not begin at nothing";
}

TEST_F(TmpMeterTest, EnvironmentsAreApart) {
  write("a/x", mebibyte);
  write("b/x", 3 * mebibyte);
  EXPECT_LT(meter_.used_bytes(one, root() / "a"), 2 * mebibyte);
  EXPECT_GE(meter_.used_bytes(fleet::EnvironmentId{2}, root() / "b"), 3 * mebibyte);
}

}  // namespace
}  // namespace lmi::emulator::app
