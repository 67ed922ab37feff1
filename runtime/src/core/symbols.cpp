#include "core/symbols.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <span>

namespace lmi::core {
namespace {

std::string_view file_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

struct Range {
  std::uintptr_t load_address = 0;
  std::uintptr_t end = 0;
};

/// The first module the linker tells of is the program.
int program_range(dl_phdr_info* info, std::size_t /*size*/, void* out) {
  auto& range = *static_cast<Range*>(out);
  range.load_address = info->dlpi_addr;
  for (const auto& header : std::span{info->dlpi_phdr, info->dlpi_phnum})
    if (header.p_type == PT_LOAD)
      range.end = std::max<std::uintptr_t>(range.end, info->dlpi_addr + header.p_vaddr + header.p_memsz);
  return 1;
}

}  // namespace

Symbols::Symbols() {
  Range range;
  ::dl_iterate_phdr(program_range, &range);
  load_address_ = range.load_address;
  end_ = range.end;

  const int descriptor = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  struct stat status {};
  if (::fstat(descriptor, &status) == 0 && status.st_size > 0) {
    const auto size = static_cast<std::size_t>(status.st_size);
    void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (mapped != MAP_FAILED) {
      file_ = static_cast<const char*>(mapped);
      size_ = size;
    }
  }
  ::close(descriptor);
}

Symbols::~Symbols() {
  if (file_ != nullptr) ::munmap(const_cast<char*>(file_), size_);
}

bool Symbols::find_in_program(std::uintptr_t address, Place& place) const noexcept {
  if (file_ == nullptr || address < load_address_ || address >= end_) return false;
  const auto fits = [this](std::size_t at, std::size_t bytes) { return at <= size_ && bytes <= size_ - at; };
  ElfW(Ehdr) header{};
  if (!fits(0, sizeof header)) return false;
  std::memcpy(&header, file_, sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_shentsize != sizeof(ElfW(Shdr)))
    return false;

  const auto section = [&](std::size_t index, ElfW(Shdr) & out) {
    const auto at = header.e_shoff + index * sizeof out;
    if (!fits(at, sizeof out)) return false;
    std::memcpy(&out, file_ + at, sizeof out);
    return out.sh_type == SHT_NOBITS || fits(out.sh_offset, out.sh_size);
  };
  const auto relative = address - load_address_;
  for (std::size_t i = 0; i < header.e_shnum; ++i) {
    ElfW(Shdr) table{};
    ElfW(Shdr) names{};
    if (!section(i, table) || table.sh_type != SHT_SYMTAB || !section(table.sh_link, names)) continue;
    for (std::size_t at = 0; at + sizeof(ElfW(Sym)) <= table.sh_size; at += sizeof(ElfW(Sym))) {
      ElfW(Sym) symbol{};
      std::memcpy(&symbol, file_ + table.sh_offset + at, sizeof symbol);
      const bool is_function = (symbol.st_info & 0xFU) == STT_FUNC && symbol.st_shndx != SHN_UNDEF;
      const auto size = std::max<std::uintptr_t>(symbol.st_size, 1);
      if (!is_function || relative < symbol.st_value || relative - symbol.st_value >= size) continue;
      if (symbol.st_name >= names.sh_size) return false;
      const char* name = file_ + names.sh_offset + symbol.st_name;
      place.function = {name, ::strnlen(name, names.sh_size - symbol.st_name)};
      place.offset = relative - symbol.st_value;
      return true;
    }
  }
  return false;
}

Place Symbols::find(std::uintptr_t address) const noexcept {
  Place place;
  Dl_info info{};
  const bool known = ::dladdr(reinterpret_cast<void*>(address), &info) != 0;
  if (known && info.dli_fname != nullptr) place.module = file_name(info.dli_fname);
  if (known) place.offset = address - reinterpret_cast<std::uintptr_t>(info.dli_fbase);
  if (find_in_program(address, place)) return place;
  if (known && info.dli_sname != nullptr) {
    place.function = info.dli_sname;
    place.offset = address - reinterpret_cast<std::uintptr_t>(info.dli_saddr);
  }
  return place;
}

}  // namespace lmi::core
