#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace lmi::invoke {

/// A stack for signal handlers, for the thread that makes it: an overflow of its own stack can be reported
/// only from another one.
class SignalStack {
 public:
  /// Without memory for it the thread goes on without.
  SignalStack() noexcept;
  ~SignalStack();
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

 private:
  void* memory_;
};

/// Says which slot's handler runs on this thread.
class ThreadSlot {
 public:
  explicit ThreadSlot(std::size_t slot) noexcept;
  ~ThreadSlot();
  ThreadSlot(const ThreadSlot&) = delete;
  ThreadSlot& operator=(const ThreadSlot&) = delete;

  /// -1: none. Async-signal-safe.
  static std::int32_t current() noexcept;
};

/// Asks the kernel to run the calling thread soon after it wakes, for short turns of about this length,
/// rather than behind the whole turns of threads that compute. Linux from 6.12 on does (EEVDF with a slice of
/// one's own, given as sched_runtime of sched_setattr(2)); older ones ignore it. Its share of the CPU stays
/// the same.
void ask_for_short_turns(std::chrono::nanoseconds turn) noexcept;

/// For threads that run handlers: long enough that changing between them costs below one percent, and a tenth
/// of the kernel's own (2.8 ms on two CPUs). Measured in decision 0002.
inline constexpr std::chrono::microseconds handler_turn{250};
/// For the one that all slots wait for: the shortest that the kernel takes.
inline constexpr std::chrono::microseconds io_turn{100};

}  // namespace lmi::invoke
