#include "bootstrap.hpp"

#include <elf.h>
#include <sys/utsname.h>

#include <cstring>

namespace lmi::cli {

Result<std::string> check_bootstrap(std::string_view head, const std::string& what) {
  if (head.substr(0, 2) == "#!") return std::string{};
  if (head.substr(0, SELFMAG) != ELFMAG) {
    return Failure{ExitCode::usage, "'" + what + "' is neither a Linux executable (ELF) nor a script with #!",
                   "give the program that the build made for the function"};
  }
  Elf64_Ehdr header{};
  if (head.size() < sizeof header) {
    return Failure{ExitCode::usage, "'" + what + "' is cut short", "build it again"};
  }
  std::memcpy(&header, head.data(), sizeof header);
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN) {
    return Failure{ExitCode::usage, "'" + what + "' is an object file, not a program", "link it first"};
  }
  switch (header.e_machine) {
    case EM_X86_64: return std::string{"x86_64"};
    case EM_AARCH64: return std::string{"arm64"};
    default:
      return Failure{ExitCode::usage,
                     "'" + what + "' is built for another processor; Lambda has x86_64 and arm64",
                     "build it for one of these"};
  }
}

std::string host_architecture() {
  utsname machine{};
  if (uname(&machine) == 0 && std::strcmp(static_cast<const char*>(machine.machine), "aarch64") == 0)
    return "arm64";
  return "x86_64";
}

}  // namespace lmi::cli
