#include "store/package_store.hpp"

#include "support/temporary_directory.hpp"
#include "support/waiting_loop.hpp"
#include "support/zip_builder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
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
  const auto package = good_package();  // another one might be a second younger, which its bytes say
  const auto first = std::get<model::CodePackage>(added(package));
  const auto second = std::get<model::CodePackage>(added(package));

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

// ---- Layers ----

class LayerPackages : public Packages {
 protected:
  std::string layer(const std::vector<lmi::test::ZipFile>& files) {
    std::optional<PackageResult> result;
    packages_.add_layer(make_zip(files), [&result](PackageResult told) { result = std::move(told); });
    loop_.run_until([&result] { return result.has_value(); });
    return std::get<model::CodePackage>(*result).sha256;
  }
  fs::path laid_over(std::vector<std::string> sha256s) {
    std::optional<PackageResult> result;
    packages_.lay_over(std::move(sha256s), [&result](PackageResult told) { result = std::move(told); });
    loop_.run_until([&result] { return result.has_value(); });
    return packages_.path(std::get<model::CodePackage>(*result).sha256);
  }
  static std::string text_of(const fs::path& file) {
    std::ifstream in{file};
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

TEST_F(LayerPackages, NeedNoProgramAndHaveTheirSizeUnpacked) {
  std::optional<PackageResult> result;
  packages_.add_layer(make_zip({{"a", "12345"}, {"b/c", "678"}}),
                      [&result](PackageResult told) { result = std::move(told); });
  loop_.run_until([&result] { return result.has_value(); });
  EXPECT_EQ(std::get<model::CodePackage>(*result).unzipped_bytes, 8U);
}

TEST_F(LayerPackages, OneAloneIsItsOwnOverlay) {
  const std::string a = layer({{"a", "1"}});
  EXPECT_EQ(laid_over({a}), packages_.path(a));
}

TEST_F(LayerPackages, LaterOnesCountWhateverTheNamesStandFor) {
  const std::string a =
      layer({{"lib/both", "a"}, {"lib/a", "a"}, {"dir/file", "a"}, {"file", "a"}, {"run", "a"}});
  const std::string b =
      layer({{"lib/both", "b"}, {"dir", "a file now"}, {"file/inside", "b"}, {"link", "lib", 0120777}});
  const fs::path both = laid_over({a, b});
  EXPECT_EQ(text_of(both / "lib/both"), "b");
  EXPECT_EQ(text_of(both / "lib/a"), "a");
  EXPECT_EQ(text_of(both / "dir"), "a file now");
  EXPECT_EQ(text_of(both / "file/inside"), "b");
  EXPECT_EQ(text_of(both / "link/a"), "a");
  EXPECT_EQ(text_of(packages_.path(a) / "lib/both"), "a") << "the layers themselves stay as they are";

  const fs::path other = laid_over({b, a});
  EXPECT_NE(other, both);
  EXPECT_EQ(text_of(other / "lib/both"), "a");
  EXPECT_EQ(laid_over({a, b}), both);
}

TEST_F(LayerPackages, AnOverlayOutlivesItsLayers) {
  const std::string a = layer({{"a", "1"}});
  const std::string b = layer({{"b", "2"}});
  const fs::path both = laid_over({a, b});
  packages_.remove(a);
  packages_.remove(b);
  settle();
  EXPECT_EQ(text_of(both / "a"), "1");
  EXPECT_EQ(text_of(both / "b"), "2");
}

TEST_F(LayerPackages, AMissingLayerIsAFaultOfTheHostAndLeavesNothingBehind) {
  const std::string a = layer({{"a", "1"}});
  std::optional<PackageResult> result;
  packages_.lay_over({a, "0000"}, [&result](PackageResult told) { result = std::move(told); });
  loop_.run_until([&result] { return result.has_value(); });
  ASSERT_TRUE(std::holds_alternative<PackageFault>(*result));
  EXPECT_EQ(std::get<PackageFault>(*result).kind, PackageFault::Kind::host);
  EXPECT_EQ(std::distance(fs::directory_iterator{directory_ / "code"}, fs::directory_iterator{}), 1);
}

}  // namespace
}  // namespace lmi::emulator::store
