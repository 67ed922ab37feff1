#include "app/tmp_meter.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <system_error>

namespace lmi::emulator::app {
namespace {

namespace fs = std::filesystem;

/// 0 of what is gone already.
std::uint64_t allocated_bytes(const fs::path& path) {
  constexpr std::uint64_t block = 512;  // of st_blocks, whatever the file system's own (stat(2))
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return 0;
  return static_cast<std::uint64_t>(std::max<decltype(status.st_blocks)>(0, status.st_blocks)) * block;
}

}  // namespace

std::uint64_t TmpMeter::used_bytes(fleet::EnvironmentId environment, const fs::path& directory) {
  Pass& pass = passes_[environment];
  std::error_code error;
  // Files come and go while this looks: what cannot be read any more is not there any more.
  if (pass.next == fs::recursive_directory_iterator{}) {
    pass.seen_bytes = 0;
    pass.next =
        fs::recursive_directory_iterator{directory, fs::directory_options::skip_permission_denied, error};
  }
  for (std::size_t i = 0; i < entries_per_look_ && pass.next != fs::recursive_directory_iterator{}; ++i) {
    pass.seen_bytes += allocated_bytes(pass.next->path());
    pass.next.increment(error);  // an error leads to the end
  }
  if (pass.next == fs::recursive_directory_iterator{}) {
    // A pass that a vanished directory cut short has not seen everything.
    pass.used_bytes = error ? std::max(pass.used_bytes, pass.seen_bytes) : pass.seen_bytes;
  }
  return std::max(pass.used_bytes, pass.seen_bytes);
}

void TmpMeter::keep_only(const std::set<fleet::EnvironmentId>& environments) {
  std::erase_if(passes_, [&](const auto& entry) { return !environments.contains(entry.first); });
}

}  // namespace lmi::emulator::app
