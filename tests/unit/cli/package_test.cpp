#include "package.hpp"

#include "bootstrap.hpp"
#include "unit/cli/temp_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <elf.h>
#include <zip.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace lmi::cli {
namespace {

using test::TempDirectory;
using testing::HasSubstr;

const std::string script = "#!/bin/sh\nexit 0\n";

std::string elf(std::uint16_t machine, std::uint16_t type = ET_DYN) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_type = type;
  header.e_machine = machine;
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

struct Unzipped {
  std::string bytes;
  unsigned mode = 0;
};

std::map<std::string, Unzipped> unzip(const std::string& zip) {
  std::map<std::string, Unzipped> files;
  zip_source_t* source = zip_source_buffer_create(zip.data(), zip.size(), 0, nullptr);
  zip_t* archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, nullptr);
  if (archive == nullptr) return files;
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(zip_get_num_entries(archive, 0)); ++i) {
    zip_stat_t stat;
    zip_stat_index(archive, i, 0, &stat);
    Unzipped file;
    file.bytes.resize(stat.size);
    zip_file_t* opened = zip_fopen_index(archive, i, 0);
    zip_fread(opened, file.bytes.data(), file.bytes.size());
    zip_fclose(opened);
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    zip_file_get_external_attributes(archive, i, 0, &system, &attributes);
    file.mode = attributes >> 16 & 0777;
    files[stat.name] = file;
  }
  zip_discard(archive);
  return files;
}

TEST(Package, AnExecutableBecomesBootstrap) {
  const TempDirectory directory;
  const auto package = load_package(directory.write("greeter", elf(EM_X86_64), true));
  ASSERT_TRUE(package) << package.error().message;
  const auto files = unzip(package->zip);
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files.at("bootstrap").bytes, elf(EM_X86_64));
  EXPECT_EQ(files.at("bootstrap").mode, 0755U);
  EXPECT_EQ(package->architecture, "x86_64");
  EXPECT_EQ(package->default_name, "greeter");
}

TEST(Package, ADirectoryIsPackedWithItsTreeAndModes) {
  const TempDirectory directory;
  directory.write("bootstrap", script, true);
  directory.write("lib/data.txt", "data");
  const auto package = load_package(directory.path());
  ASSERT_TRUE(package) << package.error().message;
  const auto files = unzip(package->zip);
  EXPECT_EQ(files.size(), 2U);
  EXPECT_EQ(files.at("bootstrap").mode, 0755U);
  EXPECT_EQ(files.at("lib/data.txt").bytes, "data");
  EXPECT_EQ(files.at("lib/data.txt").mode, 0644U);
  EXPECT_EQ(package->architecture, "");
}

TEST(Package, AZipIsTakenAsItIs) {
  const TempDirectory directory;
  const auto packed = load_package(directory.write("f", elf(EM_AARCH64), true));
  const auto again = load_package(directory.write("orders.zip", packed->zip));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->zip, packed->zip);
  EXPECT_EQ(again->architecture, "arm64");
  EXPECT_EQ(again->default_name, "orders");
}

TEST(Package, EqualInputsGiveEqualBytes) {
  const TempDirectory directory;
  const auto first = load_package(directory.write("f", script, true));
  std::filesystem::last_write_time(directory.path() / "f", std::filesystem::file_time_type{});
  EXPECT_EQ(load_package(directory.path() / "f")->zip, first->zip);
}

struct Refused {
  const char* file;
  std::string bytes;
  bool executable;
  const char* says;
  const char* advises;
};

TEST(Package, SaysWhatIsWrongAndWhatToDo) {
  const std::vector<Refused> cases{
      {"text", "hello", true, "neither a Linux executable", "program that the build made"},
      {"plain", elf(EM_X86_64), false, "not executable", "chmod +x"},
      {"object.o", elf(EM_X86_64, ET_REL), true, "object file", "link it"},
      {"other", elf(EM_RISCV), true, "another processor", "build it for"},
      {"short", elf(EM_X86_64).substr(0, 20), true, "cut short", "build it again"},
      {"no.zip", "not a zip", false, "not a readable zip", "make it again"},
  };
  const TempDirectory directory;
  for (const auto& refused : cases) {
    const auto package = load_package(directory.write(refused.file, refused.bytes, refused.executable));
    ASSERT_FALSE(package) << refused.file;
    EXPECT_EQ(package.error().exit, ExitCode::usage) << refused.file;
    EXPECT_THAT(package.error().message, HasSubstr(refused.says)) << refused.file;
    EXPECT_THAT(package.error().advice, HasSubstr(refused.advises)) << refused.file;
  }
}

TEST(Package, AMissingFileIsNamed) {
  const auto package = load_package("/nonexistent/function");
  ASSERT_FALSE(package);
  EXPECT_THAT(package.error().message, HasSubstr("/nonexistent/function"));
  EXPECT_THAT(package.error().advice, HasSubstr("build"));
}

TEST(Package, ADirectoryAndAZipNeedABootstrapAtTheTop) {
  const TempDirectory directory;
  directory.write("tree/sub/bootstrap", script, true);
  const auto tree = load_package(directory.path() / "tree");
  ASSERT_FALSE(tree);
  EXPECT_THAT(tree.error().message, HasSubstr("has no file `bootstrap`"));

  zip_t* archive = zip_open((directory.path() / "nested.zip").c_str(), ZIP_CREATE, nullptr);
  ASSERT_NE(archive, nullptr);
  zip_file_add(archive, "function/bootstrap", zip_source_buffer(archive, script.data(), script.size(), 0), 0);
  ASSERT_EQ(zip_close(archive), 0);
  const auto nested = load_package(directory.path() / "nested.zip");
  ASSERT_FALSE(nested);
  EXPECT_THAT(nested.error().advice, HasSubstr("zip the contents of the folder"));
}

TEST(Package, AZipThatLeadsOutOfItselfOrIsTooLargeUnpackedIsRefused) {
  const TempDirectory directory;
  const auto zip_with = [&](const char* name, const std::string& bytes) {
    const auto path = directory.path() / "function.zip";
    int error = 0;
    zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error);
    zip_file_add(archive, "bootstrap", zip_source_buffer(archive, script.data(), script.size(), 0), 0);
    zip_file_add(archive, name, zip_source_buffer(archive, bytes.data(), bytes.size(), 0), 0);
    zip_set_file_compression(archive, 1, ZIP_CM_DEFLATE, 1);
    EXPECT_EQ(zip_close(archive), 0);
    return load_package(path);
  };
  for (const char* name : {"../out", "lib/../../out", "/etc/out"}) {
    const auto package = zip_with(name, "x");
    ASSERT_FALSE(package) << name;
    EXPECT_THAT(package.error().message, HasSubstr(std::string{"'"} + name + "', which leads out")) << name;
    EXPECT_THAT(package.error().advice, HasSubstr("from inside")) << name;
  }
  EXPECT_TRUE(zip_with("lib/..data", "x"));

  const auto large = zip_with("zeros", std::string(max_unpacked_bytes - script.size(), '\0'));
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().message, HasSubstr("250 MB or more unpacked"));
  EXPECT_THAT(large.error().advice, HasSubstr("strip"));
}

TEST(Package, NamesAFunctionAfterItsFile) {
  EXPECT_EQ(function_name_from("/a/hello"), "hello");
  EXPECT_EQ(function_name_from("/a/my tool.v2.zip"), "my-tool-v2");
  EXPECT_EQ(function_name_from("/a/orders/bootstrap"), "orders");
  EXPECT_EQ(function_name_from("/a/orders/"), "orders");
  EXPECT_EQ(function_name_from('/' + std::string(100, 'x')).size(), 64U);
}

}  // namespace
}  // namespace lmi::cli
