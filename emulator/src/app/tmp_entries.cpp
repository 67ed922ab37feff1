#include "app/tmp_entries.hpp"

#include <string>
#include <string_view>
#include <system_error>

namespace lmi::emulator::app {
namespace {

/// The runtime library keeps the scratch directories of running calls in one such directory a process.
constexpr std::string_view scratch_root_prefix = "lmi-scratch-";

/// What is in a function's /tmp. The runtime's own directory is not the function's doing, what is in it is.
std::size_t entries_of(const std::filesystem::path& directory, bool look_into_scratch = true) {
  std::size_t count = 0;
  std::error_code error;
  // Files come and go while this looks; what cannot be read any more is not there any more.
  std::filesystem::directory_iterator next{directory, error};
  while (!error && next != std::filesystem::directory_iterator{}) {
    const bool is_scratch_root = next->path().filename().string().starts_with(scratch_root_prefix);
    count += look_into_scratch && is_scratch_root ? entries_of(next->path(), false) : 1;
    next.increment(error);
  }
  return count;
}

}  // namespace

std::size_t tmp_entries(const std::filesystem::path& directory) {
  return entries_of(directory);
}

}  // namespace lmi::emulator::app
