#pragma once

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

}  // namespace lmi::invoke
