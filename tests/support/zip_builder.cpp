#include "support/zip_builder.hpp"

#include <elf.h>
#include <zip.h>

#include <cstring>
#include <stdexcept>

namespace lmi::test {
namespace {

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error{what};
}

}  // namespace

std::vector<std::uint8_t> make_zip(const std::vector<ZipFile>& files) {
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, nullptr);
  check(target != nullptr, "zip_source_buffer_create");
  zip_source_keep(target);  // read after the archive is closed
  zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, nullptr);
  check(archive != nullptr, "zip_open_from_source");
  for (const ZipFile& file : files) {
    const bool is_directory = !file.name.empty() && file.name.back() == '/';
    zip_int64_t index = -1;
    if (is_directory) {
      index = zip_dir_add(archive, file.name.c_str(), ZIP_FL_ENC_UTF_8);
    } else {
      zip_source_t* source = zip_source_buffer(archive, file.content.data(), file.content.size(), 0);
      index = zip_file_add(archive, file.name.c_str(), source, ZIP_FL_ENC_UTF_8);
    }
    check(index >= 0, "zip_file_add");
    const auto attributes = static_cast<zip_uint32_t>(file.mode) << 16;
    check(zip_file_set_external_attributes(archive, static_cast<zip_uint64_t>(index), 0, ZIP_OPSYS_UNIX,
                                           attributes) == 0,
          "zip_file_set_external_attributes");
  }
  check(zip_close(archive) == 0, "zip_close");
  check(zip_source_open(target) == 0, "zip_source_open");
  zip_stat_t stat;
  zip_stat_init(&stat);
  check(zip_source_stat(target, &stat) == 0, "zip_source_stat");
  std::vector<std::uint8_t> bytes(stat.size);
  check(zip_source_read(target, bytes.data(), bytes.size()) == static_cast<zip_int64_t>(bytes.size()),
        "zip_source_read");
  zip_source_close(target);
  zip_source_free(target);
  return bytes;
}

std::vector<std::uint8_t> good_package(const std::string& extra) {
  return make_zip({{"bootstrap", "#!/bin/sh\n" + extra, 0100755}});
}

std::string elf_program(std::uint16_t machine) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_EXEC;
  header.e_machine = machine;
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

}  // namespace lmi::test
