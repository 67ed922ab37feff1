#pragma once

#include <filesystem>
#include <string>

namespace lmi::emulator::app {

/// Where an emulator keeps its files. Without a state file it is a temporary directory, removed at the end.
///
/// Errors: std::filesystem::filesystem_error when a directory cannot be made.
class StateDirectory {
 public:
  /// `state_file` may be empty.
  explicit StateDirectory(const std::filesystem::path& state_file);
  ~StateDirectory();
  StateDirectory(const StateDirectory&) = delete;
  StateDirectory& operator=(const StateDirectory&) = delete;

  const std::filesystem::path& state_file() const noexcept { return state_file_; }
  /// Holds the private /tmp of each environment.
  std::filesystem::path environments() const;

  /// Removes what the environments of an emulator that was killed left behind. Only for the one who holds
  /// the state file's lock: otherwise they may be alive. What is there at the destructor goes too.
  /// Returns what could not be removed, or "": new environments do not mind it.
  std::string sweep();

 private:
  std::filesystem::path temporary_;  ///< Empty: the user named a state file.
  std::filesystem::path state_file_;
  bool ours_ = false;  ///< The lock was held once: the files beside the state file belong to this emulator.
};

}  // namespace lmi::emulator::app
