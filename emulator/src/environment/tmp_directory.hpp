#pragma once

#include <filesystem>
#include <string>

namespace lmi::emulator::environment {

/// The private /tmp of one environment: made for its owner alone (0700), removed with this object at the
/// latest.
class TmpDirectory {
 public:
  TmpDirectory() = default;
  ~TmpDirectory() { remove(); }
  TmpDirectory(const TmpDirectory&) = delete;
  TmpDirectory& operator=(const TmpDirectory&) = delete;

  /// Makes `path` and its parents. It must not exist yet: what somebody else put there is not ours to remove.
  /// An empty path is no directory at all. Returns what went wrong, or "".
  std::string create(const std::filesystem::path& path);
  /// Removes it with everything in it, also from directories a function made unwritable. Returns what went
  /// wrong, or "".
  std::string remove() noexcept;

 private:
  std::filesystem::path path_;
};

}  // namespace lmi::emulator::environment
