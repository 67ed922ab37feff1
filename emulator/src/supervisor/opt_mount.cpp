#include "supervisor/opt_mount.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace lmi::emulator::supervisor {
namespace {

constexpr const char* opt = "/opt";

/// One write(), as these files want it. In a forked child: no allocation.
bool write_text(const char* file, const char* text, std::size_t length) {
  const int fd = ::open(file, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written = ::write(fd, text, length) == static_cast<ssize_t>(length);
  ::close(fd);
  return written;
}

/// An id keeps its number inside.
std::string identity(unsigned id) {
  return std::to_string(id) + " " + std::to_string(id) + " 1";
}

}  // namespace

OptMount::OptMount(std::string directory)
    : directory_{std::move(directory)}, user_map_{identity(::geteuid())}, group_map_{identity(::getegid())} {}

bool OptMount::enter() const {
  if (directory_.empty()) return true;
  if (::unshare(CLONE_NEWNS) != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    // The kernel wants this before a group may be mapped without privilege.
    if (!write_text("/proc/self/setgroups", "deny", 4)) return false;
    if (!write_text("/proc/self/uid_map", user_map_.c_str(), user_map_.size())) return false;
    if (!write_text("/proc/self/gid_map", group_map_.c_str(), group_map_.size())) return false;
  }
  // Otherwise the host would see the mount too.
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) return false;
  return ::mount(directory_.c_str(), opt, nullptr, MS_BIND | MS_REC, nullptr) == 0;
}

bool OptMount::works_here(std::string& why_not) {
  const OptMount probe{"/"};
  const pid_t child = ::fork();
  if (child == 0) ::_exit(probe.enter() ? 0 : 1);
  int status = 0;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
  why_not =
      "layers are not mounted at /opt: this host allows no mount namespaces, or has no directory /opt; "
      "functions "
      "find a layer's files through PATH, LD_LIBRARY_PATH and LMI_OPT_ROOT only";
  return false;
}

}  // namespace lmi::emulator::supervisor
