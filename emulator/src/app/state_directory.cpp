#include "app/state_directory.hpp"

#include "environment/remove_tree.hpp"

#include <stdlib.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace lmi::emulator::app {
namespace {

namespace fs = std::filesystem;

fs::path make_temporary_directory() {
  std::string pattern = (fs::temp_directory_path() / "lmi-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw fs::filesystem_error{"cannot make a temporary directory", pattern,
                               std::error_code{errno, std::generic_category()}};
  }
  return pattern;
}

}  // namespace

StateDirectory::StateDirectory(const fs::path& state_file) {
  if (state_file.empty()) {
    temporary_ = make_temporary_directory();
    state_file_ = temporary_ / "state.db";
  } else {
    // The directory of an environment is its TMPDIR, whatever its working directory.
    state_file_ = fs::absolute(state_file);
    if (state_file_.has_parent_path()) fs::create_directories(state_file_.parent_path());
  }
}

StateDirectory::~StateDirectory() {
  // What cannot be removed is the next start's to say.
  if (ours_) environment::remove_tree(environments());
  if (!temporary_.empty()) environment::remove_tree(temporary_);
}

fs::path StateDirectory::environments() const {
  return fs::path{state_file_.string() + ".d"} / "environments";
}

std::string StateDirectory::sweep() {
  ours_ = true;
  std::string left = environment::remove_tree(environments());
  fs::create_directories(environments());
  return left;
}

}  // namespace lmi::emulator::app
