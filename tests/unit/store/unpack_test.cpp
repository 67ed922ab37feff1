#include "store/unpack.hpp"

#include "model/quotas.hpp"
#include "support/temporary_directory.hpp"
#include "support/zip_builder.hpp"

#include <gtest/gtest.h>

#include <elf.h>
#include <sys/stat.h>

#include <algorithm>
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

/// The positions of an entry's name: in its local header and in the directory at the end.
std::vector<std::size_t> names_in(const std::vector<std::uint8_t>& zip, const std::string& name) {
  std::vector<std::size_t> found;
  for (auto at = zip.begin();; ++at) {
    at = std::search(at, zip.end(), name.begin(), name.end());
    if (at == zip.end()) break;
    found.push_back(static_cast<std::size_t>(at - zip.begin()));
  }
  EXPECT_EQ(found.size(), 2U);
  return found;
}

/// What no well-behaved library makes: a name of the same length in place of another.
void rename_entry(std::vector<std::uint8_t>& zip, const std::string& from, const std::string& to) {
  ASSERT_EQ(from.size(), to.size());
  for (const std::size_t at : names_in(zip, from))
    std::copy(to.begin(), to.end(), zip.begin() + static_cast<long>(at));
}

/// Changes the size before compression, in both headers.
void claim_size(std::vector<std::uint8_t>& zip, const std::string& name, std::uint32_t size) {
  const auto names = names_in(zip, name);
  // Local header: name at 30, size at 22. Directory: name at 46, size at 24.
  for (const std::size_t at : {names.at(0) - 8, names.at(1) - 22}) {
    for (unsigned byte = 0; byte < 4; ++byte)
      zip.at(at + byte) = static_cast<std::uint8_t>(size >> (8 * byte));
  }
}

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

TEST_F(Unpack, RefusesDevicesPipesAndSockets) {
  for (const unsigned kind : {0010644U, 0020666U, 0060660U, 0140777U}) {
    EXPECT_NE(refusal(make_zip({{"bootstrap", "#!/bin/sh\n", 0100755}, {"special", "", kind}}))
                  .find("neither a file, a directory nor a symbolic link"),
              std::string::npos)
        << std::oct << kind;
  }
  EXPECT_FALSE(fs::exists(directory_ / "special"));
}

TEST_F(Unpack, NeverMakesAProgramThatRunsAsSomebodyElse) {
  ASSERT_EQ(refusal(make_zip({{"bootstrap", "#!/bin/sh\n", 0104755}, {"tool", "x", 0102755}})), "(accepted)");
  struct stat status {};
  for (const char* name : {"bootstrap", "tool"}) {
    ASSERT_EQ(::stat((directory_ / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0755U) << name;
  }
}

TEST_F(Unpack, RefusesTheSameNameTwice) {
  auto zip = make_zip({{"bootstrap", "#!/bin/sh\n", 0100755}, {"one", "1"}, {"two", "2"}});
  rename_entry(zip, "two", "one");
  EXPECT_EQ(refusal(zip), "Could not unzip uploaded file. Please check your file, then try to upload again.");
}

TEST_F(Unpack, RefusesAFileBelowALinkOfTheSameName) {
  auto zip = make_zip(
      {{"bootstrap", "#!/bin/sh\n", 0100755}, {"real/x", "1"}, {"link", "real", 0120777}, {"lonk", "2"}});
  rename_entry(zip, "lonk", "link");
  EXPECT_EQ(refusal(zip), "Could not unzip uploaded file. Please check your file, then try to upload again.");
}

TEST_F(Unpack, WritesNowhereElseThroughANameWithANul) {
  auto zip = make_zip({{"bootstrap", "#!/bin/sh\n", 0100755}, {"good_/../../evil", "x"}});
  rename_entry(zip, "good_/../../evil", std::string{"good\0/../../evil", 16});
  refusal(zip);
  EXPECT_FALSE(fs::exists(directory_.path().parent_path() / "evil"));
  for (const auto& entry : fs::recursive_directory_iterator{directory_.path()}) {
    const std::string name = entry.path().filename().string();
    EXPECT_TRUE(name == "bootstrap" || name == "good") << name;
  }
}

TEST_F(Unpack, RefusesALinkWhoseTargetHidesItsEndBehindANul) {
  const std::string text =
      refusal(make_zip({{"bootstrap", "#!/bin/sh\n", 0100755}, {"link", std::string{"..\0x", 4}, 0120777}}));
  EXPECT_NE(text.find("leads out of the package"), std::string::npos) << text;
  EXPECT_FALSE(fs::is_symlink(fs::symlink_status(directory_ / "link")));
}

TEST_F(Unpack, RefusesNamesTheMachineCannotHold) {
  const auto fault =
      unpacked(make_zip({{"bootstrap", "#!/bin/sh\n", 0100755}, {std::string(300, 'n'), "x"}}));
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind, PackageFault::Kind::invalid) << "it is the package's fault, not the machine's";
  EXPECT_NE(fault->message.find("too long"), std::string::npos) << fault->message;
}

TEST_F(Unpack, RefusesABombBeforeItFillsTheDisk) {
  const auto zip = make_zip({{"bootstrap", "#!/bin/sh\n", 0100755}, {"bomb", std::string(8'000'000, '\0')}});
  EXPECT_LT(zip.size(), 20'000U);
  const auto fault = unpack({zip, native, directory_.path(), 8'000'000});
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->message, "Unzipped size must be smaller than 8000000 bytes");
  EXPECT_FALSE(fs::exists(directory_ / "bomb"));
}

TEST_F(Unpack, RefusesABombThatLiesAboutItsSize) {
  auto zip = make_zip({{"bootstrap", "#!/bin/sh\n", 0100755}, {"bomb", std::string(2'000'000, '\0')}});
  claim_size(zip, "bomb", 100);
  const auto fault = unpack({zip, native, directory_.path(), 1'000'000});
  ASSERT_TRUE(fault);
  std::uintmax_t written = 0;
  for (const auto& entry : fs::recursive_directory_iterator{directory_.path()}) {
    if (entry.is_regular_file()) written += entry.file_size();
  }
  EXPECT_LE(written, 1'000'000U);
}

TEST_F(Unpack, RefusesMoreEntriesThanTheLimit) {
  std::vector<lmi::test::ZipFile> files{{"bootstrap", "#!/bin/sh\n", 0100755}};
  for (std::size_t i = 0; i < model::quotas::package_entries; ++i) files.push_back({std::to_string(i), ""});
  EXPECT_EQ(refusal(make_zip(files)), "The package has 100001 entries; at most 100000 are taken.");
  EXPECT_TRUE(fs::is_empty(directory_.path()));
}

}  // namespace
}  // namespace lmi::emulator::store
