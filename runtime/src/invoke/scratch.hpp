#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

namespace lmi::invoke {

/// The directory all of a process's request directories live in: <temporary
/// directory>/lmi-scratch-<pid>-<random>. It exists from the first request directory on, and a lock on it
/// says that its process lives.
///
/// Threads: any.
class ScratchRoot {
 public:
  /// Creates nothing yet. `parent` is the temporary directory.
  explicit ScratchRoot(std::filesystem::path parent);
  ~ScratchRoot();
  ScratchRoot(const ScratchRoot&) = delete;
  ScratchRoot& operator=(const ScratchRoot&) = delete;

  /// Removes what processes that are no more have left in `parent`: killed ones cannot clean up themselves.
  /// Leaves alone what belongs to other users. Returns how many directories it removed.
  std::size_t sweep() const;

  /// A new empty directory whose name begins with what of `request_id` is safe in a name, and cannot be
  /// guessed. Throws std::filesystem::filesystem_error.
  std::filesystem::path create(std::string_view request_id);

  /// Removes everything. Later create() calls start anew.
  void remove();

 private:
  void create_root();

  const std::filesystem::path parent_;
  std::mutex mutex_;
  std::filesystem::path root_;  ///< Empty until needed.
  int lock_ = -1;               ///< Descriptor of root_, locked.
};

/// Removes a directory tree, also where the handler took away its own permissions. Nothing happens when there
/// is none. Returns what stood in the way.
std::error_code remove_tree(const std::filesystem::path& directory);

/// Where temporary files go: TMPDIR, or /tmp when that is no directory. A bad variable must not end a
/// process.
std::filesystem::path temporary_directory();

/// At most 64 characters of A-Z a-z 0-9 - _; every other character becomes '_'. Pure.
std::string safe_name(std::string_view text);

}  // namespace lmi::invoke
