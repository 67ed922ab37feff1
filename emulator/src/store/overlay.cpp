#include "store/overlay.hpp"

namespace lmi::emulator::store {
namespace {

namespace fs = std::filesystem;

/// Makes room at `place` for something of another kind, or for a newer file.
std::error_code clear(const fs::path& place) {
  std::error_code error;
  fs::remove_all(place, error);
  return error;
}

std::error_code put(const fs::directory_entry& entry, const fs::path& place) {
  std::error_code error;
  const fs::file_status there = fs::symlink_status(place, error);
  const fs::file_status ours = entry.symlink_status(error);
  if (fs::is_directory(ours)) {
    if (fs::is_directory(there)) return {};
    if (error = clear(place); !error) fs::create_directory(place, error);
    return error;
  }
  if (fs::exists(there)) {
    if (error = clear(place); error) return error;
  }
  error.clear();
  if (fs::is_symlink(ours)) {
    fs::copy_symlink(entry.path(), place, error);
  } else {
    fs::create_hard_link(entry.path(), place, error);
  }
  return error;
}

}  // namespace

std::error_code lay_over_each_other(const std::vector<fs::path>& layers, const fs::path& destination) {
  std::error_code error;
  for (const fs::path& layer : layers) {
    fs::recursive_directory_iterator at{layer, error};
    while (!error && at != fs::recursive_directory_iterator{}) {
      error = put(*at, destination / at->path().lexically_relative(layer));
      if (!error) at.increment(error);
    }
    if (error) return error;
  }
  return {};
}

}  // namespace lmi::emulator::store
