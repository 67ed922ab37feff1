#include "store/bootstrap_check.hpp"

#include <elf.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

namespace lmi::emulator::store {
namespace {

// All texts in this file are ours: AWS accepts such packages and fails when they are started.
PackageFault invalid(std::string message) {
  return {PackageFault::Kind::invalid, std::move(message)};
}

/// The architecture's name in the API, or "" when it has none there.
std::string_view architecture_of(std::uint16_t machine) {
  if (machine == EM_X86_64) return "x86_64";
  if (machine == EM_AARCH64) return "arm64";
  return "";
}

}  // namespace

bool host_runs(std::string_view architecture) {
  utsname host{};
  if (::uname(&host) != 0) return true;  // cannot tell: let the start decide
  const std::string_view machine = host.machine;
  const bool native =
      architecture == "x86_64" ? machine == "x86_64" : machine == "aarch64" || machine == "arm64";
  if (native) return true;
  const char* interpreter = architecture == "x86_64" ? "/proc/sys/fs/binfmt_misc/qemu-x86_64"
                                                     : "/proc/sys/fs/binfmt_misc/qemu-aarch64";
  std::error_code error;
  return std::filesystem::exists(interpreter, error);
}

std::optional<PackageFault> check_bootstrap_entry(const std::vector<ZipEntry>& entries) {
  const auto root = std::find_if(entries.begin(), entries.end(),
                                 [](const ZipEntry& entry) { return entry.path == "bootstrap"; });
  if (root == entries.end()) {
    const auto deeper = std::find_if(entries.begin(), entries.end(), [](const ZipEntry& entry) {
      return entry.kind == ZipEntry::Kind::file && entry.path.filename() == "bootstrap";
    });
    if (deeper != entries.end()) {
      return invalid("The package has its bootstrap at '" + deeper->path.string() +
                     "' instead of at its root. Zip what is in that directory, not the directory itself.");
    }
    return invalid(
        "The package has no file named bootstrap at its root. Put the function's program there under that "
        "name; "
        "the emulator brings no language runtimes of its own.");
  }
  if (root->kind != ZipEntry::Kind::file) return invalid("The package's bootstrap must be a regular file.");
  if ((root->mode & 0111U) == 0) {
    return invalid("The package's bootstrap is not executable. Run chmod +x on it before it is zipped.");
  }
  return std::nullopt;
}

std::optional<PackageFault> check_bootstrap_program(std::string_view head, std::string_view architecture) {
  if (head.starts_with("#!")) return std::nullopt;
  Elf64_Ehdr header{};
  std::memcpy(&header, head.data(), std::min(head.size(), sizeof header));
  if (head.size() < sizeof header || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    return invalid(
        "The package's bootstrap is neither a Linux program (ELF) nor a script that begins with #!.");
  }
  const std::string wanted{architecture};
  const std::string_view found = architecture_of(header.e_machine);
  const bool little_endian_64_bit =
      header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_ident[EI_DATA] == ELFDATA2LSB;
  if (!little_endian_64_bit || found.empty()) {
    return invalid(
        "The package's bootstrap is built for a processor that Lambda does not have (ELF machine " +
        std::to_string(header.e_machine) + "). Build it for " + wanted + ".");
  }
  if (found != architecture) {
    return invalid("The package's bootstrap is built for " + std::string{found} +
                   ", but the function's architecture is " + wanted + ". Build it for " + wanted +
                   " or give the function the architecture " + std::string{found} + ".");
  }
  if (!host_runs(architecture)) {
    return invalid(
        "This machine cannot run " + wanted +
        " programs. Build the function for this machine's architecture, or install qemu-user-static.");
  }
  return std::nullopt;
}

}  // namespace lmi::emulator::store
