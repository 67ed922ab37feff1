#include "environment/tmp_directory.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace lmi::emulator::environment {

namespace fs = std::filesystem;

namespace {

/// A function may take its own rights away; its files must go all the same.
void open_up(const fs::path& root) {
  std::error_code ignored;  // what cannot be opened up is reported by the removal that follows
  fs::permissions(root, fs::perms::owner_all, fs::perm_options::add, ignored);
  for (fs::recursive_directory_iterator it{root, ignored}, end; it != end; it.increment(ignored)) {
    if (it->is_directory(ignored) && !it->is_symlink(ignored)) {
      fs::permissions(it->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
    }
  }
}

}  // namespace

std::string TmpDirectory::create(const fs::path& path) {
  if (path.empty()) return {};
  std::error_code error;  // mkdir() says it again
  fs::create_directories(path.parent_path(), error);
  if (::mkdir(path.c_str(), 0700) != 0) return path.string() + ": " + std::generic_category().message(errno);
  path_ = path;
  return {};
}

std::string TmpDirectory::remove() noexcept {
  if (path_.empty()) return {};
  const fs::path path = std::exchange(path_, {});
  std::error_code error;
  fs::remove_all(path, error);
  if (!error) return {};
  open_up(path);
  fs::remove_all(path, error);
  return error ? path.string() + ": " + error.message() : std::string{};
}

}  // namespace lmi::emulator::environment
