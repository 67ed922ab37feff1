#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lmi::test {

/// One file of a test's package. Modes are a Unix file's whole mode: 0100755 a program, 0120777 a link.
struct ZipFile {
  std::string name;
  std::string content;
  unsigned mode = 0100644;
};

/// A zip file in memory, made with libzip.
std::vector<std::uint8_t> make_zip(const std::vector<ZipFile>& files);

/// The smallest package a function can have: a script as bootstrap.
std::vector<std::uint8_t> good_package(const std::string& extra = {});

/// The first bytes of a 64-bit little-endian ELF program for `machine` (EM_X86_64, EM_AARCH64 …).
std::string elf_program(std::uint16_t machine);

}  // namespace lmi::test
