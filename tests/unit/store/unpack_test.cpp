#include "store/unpack.hpp"

#include "model/quotas.hpp"
#include "support/temporary_directory.hpp"
#include "support/zip_builder.hpp"

#include <gtest/gtest.h>

#include <elf.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

namespace lmi::emulator::store {
namespace {

namespace fs = std::filesystem;
using lmi::test::elf_program;
using lmi::test::make_zip;
using lmi::test::TemporaryDirectory;

#if defined(__x86_64__)
constexpr const char* native = "x86_64";
constexpr std::uint16_t native_machine = EM_X86_64;
#else
constexpr const char* native = "arm64";
constexpr std::uint16_t native_machine = EM_AARCH64;
#endif

class Unpack : public testing::Test {
 protected:
  std::optional<PackageFault> unpacked(const std::vector<std::uint8_t>& zip,
                                       const std::string& architecture = native) {
    return unpack({zip, architecture, directory_.path()});
  }

  /// The message of the refusal, "(accepted)" without one.
  std::string refusal(const std::vector<std::uint8_t>& zip, const std::string& architecture = native) {
    const auto fault = unpacked(zip, architecture);
    return fault ? fault->message : "(accepted)";
  }

  std::string content(const std::string& name) const {
    std::ifstream file{directory_ / name, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
  }

  unsigned mode(const std::string& name) const {
    struct stat status {};
    EXPECT_EQ(::stat((directory_ / name).c_str(), &status), 0) << name;
    return status.st_mode & 0777U;
  }

  TemporaryDirectory directory_;
};

TEST_F(Unpack, WritesFilesWithTheirPermissions) {
  const auto fault = unpacked(make_zip({{"lib/", "", 0040755},
                                        {"lib/data.txt", "data", 0100600},
                                        {"bootstrap", "#!/bin/sh\n", 0100755},
                                        {"deep/er/tool", "x", 0100711}}));

  ASSERT_FALSE(fault) << fault->message;
  EXPECT_EQ(content("lib/data.txt"), "data");
  EXPECT_EQ(mode("bootstrap"), 0755U);
  EXPECT_EQ(mode("deep/er/tool"), 0755U);
  EXPECT_EQ(mode("lib/data.txt"), 0644U) << "the function must be able to read its files";
}

TEST_F(Unpack, TakesAProgramForThisMachine) {
  EXPECT_EQ(refusal(make_zip({{"bootstrap", elf_program(native_machine), 0100755}})), "(accepted)");
}

TEST_F(Unpack, KeepsLinksInsideThePackage) {
  const auto fault = unpacked(make_zip({{"bootstrap", "#!/bin/sh\n", 0100755},
                                        {"lib/libx.so.1", "x", 0100644},
                                        {"lib/libx.so", "libx.so.1", 0120777},
                                        {"bin/up", "../lib/libx.so.1", 0120777}}));

  ASSERT_FALSE(fault) << fault->message;
  EXPECT_EQ(content("lib/libx.so"), "x");
  EXPECT_EQ(content("bin/up"), "x");
}

TEST_F(Unpack, RefusesWhatIsNoZipFile) {
  const std::vector<std::uint8_t> text{'h', 'e', 'l', 'l', 'o'};
  EXPECT_EQ(refusal(text),
            "Could not unzip uploaded file. Please check your file, then try to upload again.");
  EXPECT_EQ(refusal({}), "Could not unzip uploaded file. Please check your file, then try to upload again.");
}

TEST_F(Unpack, RefusesADamagedZipFile) {
  auto zip = make_zip({{"bootstrap", "#!/bin/sh\n" + std::string(5000, 'x') + "end", 0100755}});
  for (std::size_t at = 45; at < 55; ++at) zip[at] = static_cast<std::uint8_t>(zip[at] ^ 0xFF);
  EXPECT_EQ(refusal(zip), "Could not unzip uploaded file. Please check your file, then try to upload again.");
}

TEST_F(Unpack, RefusesAPackageWithoutBootstrap) {
  EXPECT_NE(refusal(make_zip({{"main", "x", 0100755}})).find("no file named bootstrap at its root"),
            std::string::npos);
}

TEST_F(Unpack, SaysWhereABootstrapInADirectoryIs) {
  const std::string text = refusal(make_zip({{"build/bootstrap", "#!/bin/sh\n", 0100755}}));
  EXPECT_NE(text.find("'build/bootstrap'"), std::string::npos) << text;
  EXPECT_NE(text.find("not the directory itself"), std::string::npos) << text;
}

TEST_F(Unpack, RefusesABootstrapThatIsNotExecutable) {
  EXPECT_NE(refusal(make_zip({{"bootstrap", "#!/bin/sh\n", 0100644}})).find("chmod +x"), std::string::npos);
}

TEST_F(Unpack, RefusesABootstrapThatIsALink) {
  EXPECT_NE(
      refusal(make_zip({{"bootstrap", "other", 0120777}, {"other", "#!/bin/sh\n", 0100755}})).find("regular"),
      std::string::npos);
}

TEST_F(Unpack, RefusesAProgramForAnotherArchitecture) {
  const std::string text = refusal(make_zip({{"bootstrap", elf_program(EM_AARCH64), 0100755}}), "x86_64");
  EXPECT_NE(text.find("is built for arm64, but the function's architecture is x86_64"), std::string::npos)
      << text;
}

TEST_F(Unpack, RefusesAProgramForAProcessorLambdaDoesNotHave) {
  const std::string text = refusal(make_zip({{"bootstrap", elf_program(EM_PPC64), 0100755}}));
  EXPECT_NE(text.find("a processor that Lambda does not have"), std::string::npos) << text;
}

TEST_F(Unpack, RefusesABootstrapThatIsNeitherProgramNorScript) {
  EXPECT_NE(refusal(make_zip({{"bootstrap", "just text", 0100755}}))
                .find("neither a Linux program (ELF) nor a script"),
            std::string::npos);
}

TEST_F(Unpack, RefusesNamesThatLeadOutOfThePackage) {
  for (const char* name : {"../evil", "/etc/evil", "a/../../evil", "a\\..\\evil"}) {
    const std::string text = refusal(make_zip({{"bootstrap", "#!/bin/sh\n", 0100755}, {name, "x"}}));
    EXPECT_NE(text.find("leads out of the package"), std::string::npos) << name << ": " << text;
  }
  EXPECT_FALSE(fs::exists(directory_.path().parent_path() / "evil"));
}

TEST_F(Unpack, RefusesLinksThatLeadOutOfThePackage) {
  for (const char* target : {"/etc/passwd", "../x", "lib/../../x", "lib/.."}) {
    const TemporaryDirectory fresh;
    const auto zip = make_zip({{"bootstrap", "#!/bin/sh\n", 0100755}, {"link", target, 0120777}});
    const auto fault = unpack({zip, native, fresh.path()});
    ASSERT_TRUE(fault) << target;
    EXPECT_NE(fault->message.find("leads out of the package"), std::string::npos) << fault->message;
  }
}

TEST_F(Unpack, WritesNothingThroughALink) {
  const TemporaryDirectory outside;
  const std::string text = refusal(make_zip(
      {{"bootstrap", "#!/bin/sh\n", 0100755}, {"lib", outside.path().string(), 0120777}, {"lib/evil", "x"}}));
  EXPECT_NE(text, "(accepted)");
  EXPECT_TRUE(fs::is_empty(outside.path()));
}

TEST_F(Unpack, RefusesAZipFileOverTheLimit) {
  const std::vector<std::uint8_t> zip(model::quotas::zipped_package_bytes);
  const auto fault = unpacked(zip);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind, PackageFault::Kind::zipped_too_large);
  EXPECT_EQ(fault->message, "Zipped size must be smaller than 52428800 bytes");
}

TEST_F(Unpack, RefusesFilesThatUnzipToMoreThanTheLimit) {
  const std::string half(500, 'z');
  const auto zip = make_zip({{"bootstrap", "#!/bin/sh\n", 0100755}, {"a", half}, {"b", half}});

  const auto fault = unpack({zip, native, directory_.path(), 1000});

  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->message, "Unzipped size must be smaller than 1000 bytes");
}

TEST_F(Unpack, HasTheLimitOfTheService) {
  EXPECT_EQ(UnpackRequest{}.unzipped_limit, 262144000U);
}

TEST_F(Unpack, RefusesAFileThatIsADirectoryToo) {
  EXPECT_EQ(refusal(make_zip({{"bootstrap", "#!/bin/sh\n", 0100755}, {"a", "x"}, {"a/b", "y"}})),
            "Could not unzip uploaded file. Please check your file, then try to upload again.");
}

TEST_F(Unpack, RefusesDevicesAndPipes) {
  EXPECT_NE(refusal(make_zip({{"bootstrap", "#!/bin/sh\n", 0100755}, {"pipe", "", 0010644}}))
                .find("neither a file, a directory nor a symbolic link"),
            std::string::npos);
}

}  // namespace
}  // namespace lmi::emulator::store
