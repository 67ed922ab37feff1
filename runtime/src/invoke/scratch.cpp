#include "invoke/scratch.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <random>
#include <utility>

namespace lmi::invoke {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "lmi-scratch-";

std::error_code last_error() {
  return {errno, std::system_category()};
}

std::string random_text() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::random_device source;
  std::string text;
  for (auto left = 4; left > 0; --left) {
    auto bits = source();
    for (auto nibble = 0; nibble < 4; ++nibble, bits >>= 4U) text.push_back(digits[bits & 0xFU]);
  }
  return text;
}

/// Opens a directory and locks it for as long as the descriptor is open; -1 and `failure` when that is not
/// possible now.
int open_locked(const fs::path& directory, std::error_code& failure) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
  failure = last_error();
  if (descriptor >= 0) ::close(descriptor);
  return -1;
}

/// Whether another process that sweeps is what open_locked() met: it holds the lock, or has removed the
/// directory.
bool means_swept(const std::error_code& failure) {
  return failure == std::errc::operation_would_block || failure == std::errc::no_such_file_or_directory;
}

bool still_there(const fs::path& directory, int descriptor) {
  struct stat by_name {};
  struct stat by_descriptor {};
  return ::lstat(directory.c_str(), &by_name) == 0 && ::fstat(descriptor, &by_descriptor) == 0 &&
         by_name.st_ino == by_descriptor.st_ino && by_name.st_dev == by_descriptor.st_dev;
}

bool is_mine(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && status.st_uid == ::geteuid();
}

fs::path make_directory(const fs::path& parent, const std::string& name_start) {
  for (;;) {
    auto directory = parent / (name_start + "-" + random_text());
    if (::mkdir(directory.c_str(), 0700) == 0) return directory;
    if (errno != EEXIST)
      throw fs::filesystem_error{"cannot create a scratch directory", directory, last_error()};
  }
}

void give_access_to_all(const fs::path& directory) {
  std::error_code ignored;
  fs::permissions(directory, fs::perms::owner_all, fs::perm_options::add, ignored);
  for (auto entry = fs::directory_iterator{directory, ignored}; !ignored && entry != fs::directory_iterator{};
       entry.increment(ignored))
    if (std::error_code unreadable; entry->symlink_status(unreadable).type() == fs::file_type::directory)
      give_access_to_all(entry->path());
}

}  // namespace

std::string safe_name(std::string_view text) {
  constexpr std::size_t longest = 64;
  std::string name{text.substr(0, longest)};
  for (auto& c : name) {
    const bool safe = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    if (!safe) c = '_';
  }
  return name;
}

fs::path temporary_directory() {
  std::error_code failure;
  auto directory = fs::temp_directory_path(failure);
  return failure ? fs::path{"/tmp"} : directory;
}

std::error_code remove_tree(const fs::path& directory) {
  std::error_code failure;
  fs::remove_all(directory, failure);
  if (failure) {
    give_access_to_all(directory);
    fs::remove_all(directory, failure);
  }
  return failure;
}

ScratchRoot::ScratchRoot(fs::path parent) : parent_{std::move(parent)} {}

ScratchRoot::~ScratchRoot() {
  remove();
}

std::size_t ScratchRoot::sweep() const {
  std::size_t removed = 0;
  std::error_code ignored;
  for (auto entry = fs::directory_iterator{parent_, ignored}; !ignored && entry != fs::directory_iterator{};
       entry.increment(ignored)) {
    if (!entry->path().filename().native().starts_with(prefix)) continue;
    std::error_code in_use;
    const int lock = open_locked(entry->path(), in_use);
    if (lock < 0) continue;
    if (is_mine(lock) && !remove_tree(entry->path())) ++removed;
    ::close(lock);
  }
  return removed;
}

void ScratchRoot::create_root() {
  constexpr auto attempts = 100;  // each but the last takes a sweep at just that moment
  const auto name = std::string{prefix} + std::to_string(::getpid());
  fs::path directory;
  std::error_code failure;
  for (auto left = attempts; left > 0; --left) {
    directory = make_directory(parent_, name);
    const int lock = open_locked(directory, failure);
    // Another process may have swept it between the two calls; then this lock is on a directory without a
    // name.
    if (lock >= 0 && still_there(directory, lock)) {
      root_ = std::move(directory);
      lock_ = lock;
      return;
    }
    if (lock >= 0) {
      ::close(lock);
      failure = std::make_error_code(std::errc::no_such_file_or_directory);
    }
    if (!means_swept(failure)) {
      ::rmdir(directory.c_str());
      break;
    }
  }
  throw fs::filesystem_error{"cannot lock the scratch directory", directory, failure};
}

fs::path ScratchRoot::create(std::string_view request_id) {
  fs::path root;
  {
    const std::lock_guard lock{mutex_};
    if (root_.empty()) create_root();
    root = root_;
  }
  return make_directory(root, safe_name(request_id));
}

void ScratchRoot::remove() {
  const std::lock_guard lock{mutex_};
  if (root_.empty()) return;
  remove_tree(root_);
  ::close(std::exchange(lock_, -1));
  root_.clear();
}

}  // namespace lmi::invoke
