#include "supervisor/descriptor_limit.hpp"

#include <sys/resource.h>

namespace lmi::emulator::supervisor {
namespace {

// The limit is the process's, and so is this.
bool raised = false;
rlimit before{};

}  // namespace

void raise_descriptor_limit() noexcept {
  if (raised || ::getrlimit(RLIMIT_NOFILE, &before) != 0) return;
  const rlimit wanted{.rlim_cur = before.rlim_max, .rlim_max = before.rlim_max};
  raised = ::setrlimit(RLIMIT_NOFILE, &wanted) == 0;
}

void restore_descriptor_limit() noexcept {
  if (raised) ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace lmi::emulator::supervisor
