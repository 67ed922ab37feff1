#include "store/package_store.hpp"

#include "support/temporary_directory.hpp"
#include "support/waiting_loop.hpp"
#include "support/zip_builder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <optional>

namespace lmi::emulator::store {
namespace {

namespace fs = std::filesystem;
using lmi::test::good_package;
using lmi::test::make_zip;
using lmi::test::TemporaryDirectory;
using lmi::test::WaitingLoop;

#if defined(__x86_64__)
constexpr const char* native = "x86_64";
#else
constexpr const char* native = "arm64";
#endif

class Packages : public testing::Test {
 protected:
  PackageResult added(std::vector<std::uint8_t> zip) {
    std::optional<PackageResult> result;
    packages_.add(std::move(zip), native, [&result](PackageResult told) { result = std::move(told); });
    loop_.run_until([&result] { return result.has_value(); });
    return result.value_or(PackageFault{});
  }

  /// Until everything asked for so far is done.
  void settle() {
    bool done = false;
    packages_.in_background([] {}, [&done] { done = true; });
    loop_.run_until([&done] { return done; });
  }

  TemporaryDirectory directory_;
  WaitingLoop loop_;
  PackageStore packages_{loop_, directory_ / "code"};
};

TEST_F(Packages, UnpacksUnderTheDigestOfTheZipFile) {
  const auto zip = good_package();
  const PackageResult result = added(zip);

  const auto* package = std::get_if<model::CodePackage>(&result);
  ASSERT_TRUE(package);
  EXPECT_EQ(package->sha256.size(), 64U);
  EXPECT_EQ(package->zipped_bytes, zip.size());
  EXPECT_EQ(packages_.path(package->sha256), directory_ / "code" / package->sha256);
  EXPECT_TRUE(fs::exists(packages_.path(package->sha256) / "bootstrap"));
}

TEST_F(Packages, AddTheSameContentTwice) {
  const auto first = std::get<model::CodePackage>(added(good_package()));
  const auto second = std::get<model::CodePackage>(added(good_package()));

  EXPECT_EQ(first, second);
  EXPECT_TRUE(fs::exists(packages_.path(first.sha256) / "bootstrap"));
}

TEST_F(Packages, LeaveNothingBehindWhenTheyAreRefused) {
  const PackageResult result = added(make_zip({{"main", "x", 0100755}, {"big", std::string(100000, 'x')}}));

  ASSERT_TRUE(std::holds_alternative<PackageFault>(result));
  EXPECT_TRUE(fs::is_empty(directory_ / "code"));
}

TEST_F(Packages, AreRemovedOneByOne) {
  const auto a = std::get<model::CodePackage>(added(good_package("a")));
  const auto b = std::get<model::CodePackage>(added(good_package("b")));

  packages_.remove(a.sha256);
  settle();

  EXPECT_FALSE(fs::exists(packages_.path(a.sha256)));
  EXPECT_TRUE(fs::exists(packages_.path(b.sha256)));
}

TEST_F(Packages, KeepOnlyWhatIsUsedAndNoInterruptedUnpacking) {
  const auto a = std::get<model::CodePackage>(added(good_package("a")));
  const auto b = std::get<model::CodePackage>(added(good_package("b")));
  fs::create_directory(directory_ / "code/.unpacking-0000");

  packages_.keep_only({b.sha256});
  settle();

  EXPECT_FALSE(fs::exists(packages_.path(a.sha256)));
  EXPECT_TRUE(fs::exists(packages_.path(b.sha256)));
  EXPECT_FALSE(fs::exists(directory_ / "code/.unpacking-0000"));
}

TEST_F(Packages, SayWhenTheHostCannotStoreThem) {
  std::ofstream{directory_ / "code"} << "a file where the directory should be";
  const PackageResult result = added(good_package());

  const auto* fault = std::get_if<PackageFault>(&result);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind, PackageFault::Kind::host);
}

}  // namespace
}  // namespace lmi::emulator::store
