#include "supervisor/child_setup.hpp"

#include "supervisor/descriptor_limit.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <mutex>
#include <system_error>

namespace lmi::emulator::supervisor {
namespace {

struct Instructions {
  bool active = false;
  pid_t parent = 0;
  int memory_group_fd = -1;
  const OptMount* opt = nullptr;
};
thread_local Instructions instructions;

/// Runs in the child of a process with many threads: system calls only.
void set_up_child() {
  if (!instructions.active) return;
  if (instructions.memory_group_fd >= 0) {
    // "0" is the writer itself. The parent checks afterwards whether it worked.
    [[maybe_unused]] const auto written = ::write(instructions.memory_group_fd, "0", 1);
  }
  // It was tried before on this host; should it fail all the same, the program runs without it.
  [[maybe_unused]] const bool mounted = instructions.opt->enter();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // after the mount: a new user namespace would take it away
  if (::getppid() != instructions.parent) ::_exit(127);  // the emulator died before the line above
  restore_descriptor_limit();
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  // Kernels before 5.11: one by one, since Asio opens its sockets without the flag.
  rlimit limit{};
  const rlim_t most = 65536;
  const bool known = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < most;
  const int end = static_cast<int>(known ? limit.rlim_cur : most);
  for (int descriptor = 3; descriptor < end; ++descriptor) ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

void install_once() {
  static std::once_flag installed;
  std::call_once(installed, [] {
    if (const int error = ::pthread_atfork(nullptr, nullptr, set_up_child); error != 0) {
      throw std::system_error(error, std::generic_category(), "pthread_atfork");
    }
  });
}

}  // namespace

ChildSetup::ChildSetup(int memory_group_fd, const OptMount& opt) {
  install_once();
  instructions = {.active = true, .parent = ::getpid(), .memory_group_fd = memory_group_fd, .opt = &opt};
}

ChildSetup::~ChildSetup() {
  instructions = {};
}

}  // namespace lmi::emulator::supervisor
