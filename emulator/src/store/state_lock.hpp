#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace lmi::emulator::store {

/// Holds "<file>.lock" for this process, so that two emulators never share a state file. The kernel lets go
/// of it when the process ends, however it ends.
class StateLock {
 public:
  StateLock() = default;
  ~StateLock();
  StateLock(StateLock&& other) noexcept;
  StateLock& operator=(StateLock&& other) noexcept;

  /// nullopt and `failure`, a sentence for people, when somebody else holds it or it cannot be made.
  static std::optional<StateLock> take(const std::filesystem::path& state_file, std::string& failure);

 private:
  explicit StateLock(int descriptor) : descriptor_{descriptor} {}
  int descriptor_ = -1;
};

}  // namespace lmi::emulator::store
