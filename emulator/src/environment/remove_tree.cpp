#include "environment/remove_tree.hpp"

#include <system_error>

namespace lmi::emulator::environment {

namespace fs = std::filesystem;

namespace {

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

std::string remove_tree(const fs::path& root) noexcept {
  std::error_code error;
  fs::remove_all(root, error);
  if (!error) return {};
  open_up(root);
  fs::remove_all(root, error);
  return error ? root.string() + ": " + error.message() : std::string{};
}

}  // namespace lmi::emulator::environment
