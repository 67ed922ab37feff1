// Feeds changed zip files to the unpacker. Whatever comes, nothing is written outside its directory, no link
// leads out of it, no more is written than the limit allows, and a refusal says why.

#include "fuzz/driver.hpp"
#include "store/unpack.hpp"
#include "support/temporary_directory.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace {

namespace fs = std::filesystem;
using lmi::emulator::store::unpack;
using lmi::fuzz::broken;

constexpr std::uint64_t limit = 1'000'000;
#if defined(__x86_64__)
constexpr const char* native = "x86_64";
#else
constexpr const char* native = "arm64";
#endif

/// Where a link leads, by text: what it names may not be there.
bool stays_below(const fs::path& root, const fs::path& link) {
  const fs::path target = fs::read_symlink(link);
  const fs::path reached = fs::weakly_canonical(link.parent_path() / target);
  const fs::path relative = reached.lexically_relative(fs::weakly_canonical(root));
  return target.is_relative() && !relative.empty() && *relative.begin() != "..";
}

void check_tree(const fs::path& root, std::string_view input) {
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator{root}) {
    struct stat status {};
    if (::lstat(entry.path().c_str(), &status) != 0) broken("every entry can be looked at", input);
    if (S_ISLNK(status.st_mode)) {
      if (!stays_below(root, entry.path())) broken("links stay inside", input);
      continue;
    }
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
      broken("only files, directories and links", input);
    if ((status.st_mode & (S_ISUID | S_ISGID)) != 0 && S_ISREG(status.st_mode))
      broken("no set-id programs", input);
    if (S_ISREG(status.st_mode)) bytes += static_cast<std::uintmax_t>(status.st_size);
  }
  if (bytes > limit) broken("no more than the limit is written", input);
}

}  // namespace

void lmi::fuzz::check(std::string_view input) {
  const lmi::test::TemporaryDirectory sandbox;
  const fs::path destination = sandbox / "a";
  fs::create_directory(destination);
  const auto fault = unpack(
      {{reinterpret_cast<const std::uint8_t*>(input.data()), input.size()}, native, destination, limit});
  if (fault && fault->message.empty()) broken("a refusal says why", input);
  if (fault && fault->kind == lmi::emulator::store::PackageFault::Kind::host)
    broken("no package is the machine's fault", input);
  check_tree(destination, input);
  for (const auto& entry : fs::directory_iterator{sandbox.path()}) {
    if (entry.path() != destination) broken("nothing is written outside", input);
  }
}

std::span<const std::string_view> lmi::fuzz::pieces() {
  using namespace std::string_view_literals;
  static constexpr std::string_view all[] = {"PK\1\2"sv,    "PK\3\4"sv, "PK\5\6"sv,      "../"sv,
                                             "/"sv,         "\0"sv,     "\0\0\0\0"sv,    "\xff\xff\xff\xff"sv,
                                             "bootstrap"sv, "\\"sv,     "\0\0\xff\xa1"sv};
  return all;
}
