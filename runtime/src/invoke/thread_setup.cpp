#include "invoke/thread_setup.hpp"

#include <signal.h>
#include <sys/mman.h>

namespace lmi::invoke {
namespace {

constexpr std::size_t signal_stack_bytes = 64 * 1024;  // untouched, and so not resident, until a signal comes
constinit thread_local std::int32_t current_slot = -1;

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

}  // namespace lmi::invoke
