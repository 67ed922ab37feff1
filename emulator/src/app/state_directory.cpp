#include "app/state_directory.hpp"

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
  std::error_code ignored;  // nothing can be done about it at the end
  if (ours_) fs::remove_all(environments(), ignored);
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

fs::path StateDirectory::environments() const {
  return fs::path{state_file_.string() + ".d"} / "environments";
}

void StateDirectory::sweep() {
  ours_ = true;
  fs::remove_all(environments());
  fs::create_directories(environments());
}

}  // namespace lmi::emulator::app
