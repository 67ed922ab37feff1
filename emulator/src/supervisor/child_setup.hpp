#pragma once

#include "supervisor/opt_mount.hpp"

namespace lmi::emulator::supervisor {

/// What a child does to itself between fork and exec, beyond what libuv does there:
/// - it asks the kernel to be killed when the emulator dies, even by SIGKILL (PR_SET_PDEATHSIG);
/// - it joins its memory cgroup, so that not one page is charged elsewhere;
/// - it mounts its /opt;
/// - it marks every inherited descriptor close-on-exec, whoever opened it.
///
/// libuv has no hook for this, but it forks with fork(), which runs pthread_atfork() handlers in the child.
/// The handler acts only in a child forked by the thread that holds a ChildSetup at that moment; a test that
/// kills an emulator holds this against a libuv that would fork in another way.
///
/// The death signal follows the thread that forked: it must live as long as the children.
class ChildSetup {
 public:
  /// `memory_group_fd`: cgroup.procs open for writing, or -1. `opt` stays as long as this object.
  ChildSetup(int memory_group_fd, const OptMount& opt);
  ~ChildSetup();
  ChildSetup(const ChildSetup&) = delete;
  ChildSetup& operator=(const ChildSetup&) = delete;
};

}  // namespace lmi::emulator::supervisor
