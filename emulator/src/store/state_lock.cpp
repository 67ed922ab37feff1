#include "store/state_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace lmi::emulator::store {
namespace {

/// What the holder wrote: its process id, or "" when it cannot be read.
std::string holder(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t count = ::pread(descriptor, text.data(), text.size(), 0);
  std::string pid{text.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  return pid;
}

}  // namespace

StateLock::~StateLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

StateLock::StateLock(StateLock&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}

StateLock& StateLock::operator=(StateLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

std::optional<StateLock> StateLock::take(const std::filesystem::path& state_file, std::string& failure) {
  const std::string lock_file = state_file.string() + ".lock";
  const int descriptor = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    failure = "Cannot write beside the state file (" + lock_file + ": " +
              std::generic_category().message(errno) +
              "). Make its directory writable or choose another file with --state.";
    return std::nullopt;
  }
  StateLock lock{descriptor};
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const std::string pid = holder(descriptor);
    failure = "The state file " + state_file.string() + " is in use by another emulator" +
              (pid.empty() ? "" : " (process " + pid + ")") +
              ". Stop that one or choose another file with --state.";
    return std::nullopt;
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  // Only a courtesy to whoever finds the file locked: the lock holds without it.
  if (::ftruncate(descriptor, 0) == 0) (void)!::pwrite(descriptor, pid.data(), pid.size(), 0);
  return lock;
}

}  // namespace lmi::emulator::store
