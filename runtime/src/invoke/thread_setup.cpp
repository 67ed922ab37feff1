#include "invoke/thread_setup.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace lmi::invoke {
namespace {

constexpr std::size_t signal_stack_bytes = 64 * 1024;  // untouched, and so not resident, until a signal comes
constinit thread_local std::int32_t current_slot = -1;

/// As the kernel has it (include/uapi/linux/sched/types.h, its first version): glibc before 2.41 has none.
struct SchedulingAttributes {
  std::uint32_t size;
  std::uint32_t policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime;
  std::uint64_t deadline;
  std::uint64_t period;
};
static_assert(sizeof(SchedulingAttributes) == 48);

}  // namespace

SignalStack::SignalStack() noexcept
    : memory_{::mmap(nullptr, signal_stack_bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)} {
  if (memory_ == MAP_FAILED) return;
  stack_t stack{};
  stack.ss_sp = memory_;
  stack.ss_size = signal_stack_bytes;
  ::sigaltstack(&stack, nullptr);
}

SignalStack::~SignalStack() {
  if (memory_ == MAP_FAILED) return;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
  ::munmap(memory_, signal_stack_bytes);
}

ThreadSlot::ThreadSlot(std::size_t slot) noexcept {
  current_slot = static_cast<std::int32_t>(slot);
}
ThreadSlot::~ThreadSlot() {
  current_slot = -1;
}
std::int32_t ThreadSlot::current() noexcept {
  return current_slot;
}

void ask_for_short_turns(std::chrono::nanoseconds turn) noexcept {
  SchedulingAttributes attributes{};
  if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  if (attributes.policy != SCHED_OTHER) return;
  attributes.runtime = static_cast<std::uint64_t>(turn.count());
  // Refused, e.g. by a sandbox: it goes on as it was.
  [[maybe_unused]] const auto failed = ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace lmi::invoke
