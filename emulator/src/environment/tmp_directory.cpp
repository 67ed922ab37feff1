#include "environment/tmp_directory.hpp"

#include "environment/remove_tree.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace lmi::emulator::environment {

namespace fs = std::filesystem;

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
  return remove_tree(std::exchange(path_, {}));
}

}  // namespace lmi::emulator::environment
