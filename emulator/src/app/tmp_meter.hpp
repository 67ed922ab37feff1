#pragma once

#include "fleet/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>

namespace lmi::emulator::app {

/// Measures how much of the disk the /tmp directories of environments take.
///
/// A directory may hold any number of files and is looked through on the loop thread: each call of
/// used_bytes() looks at a bounded number of entries and goes on where the last one stopped. Its answer is
/// that of the last whole pass.
///
/// Threads: one at a time.
class TmpMeter {
 public:
  /// `entries_per_look`: the most that one call looks at.
  explicit TmpMeter(std::size_t entries_per_look = 1000) : entries_per_look_{entries_per_look} {}

  /// Bytes that the files below `directory` take, as allocated by the file system; links are not followed.
  /// Under-estimates until the first pass is done.
  std::uint64_t used_bytes(fleet::EnvironmentId environment, const std::filesystem::path& directory);

  /// Forgets every other environment.
  void keep_only(const std::set<fleet::EnvironmentId>& environments);

 private:
  struct Pass {
    std::filesystem::recursive_directory_iterator next;  // its end: no pass is going on
    std::uint64_t seen_bytes = 0;
    std::uint64_t used_bytes = 0;  ///< By the last whole pass.
  };

  std::size_t entries_per_look_;
  std::map<fleet::EnvironmentId, Pass> passes_;
};

}  // namespace lmi::emulator::app
