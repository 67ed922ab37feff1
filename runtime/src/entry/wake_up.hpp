#pragma once

#include "invoke/slot_machine.hpp"

#include <atomic>
#include <csignal>

namespace lmi::entry {

/// What run()'s thread sleeps on: SIGTERM or SIGINT, or a slot that cannot go on. While one exists, SIGPIPE
/// is ignored; the previous signal actions come back with its destruction. At most one at a time.
///
/// A handler that writes to a descriptor is used rather than a blocked signal: a blocked signal would stay
/// blocked in every program a function starts.
class WakeUp {
 public:
  /// Throws std::system_error when no descriptor is to be had.
  WakeUp();
  ~WakeUp();
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  /// From any thread. The first reason counts.
  void fail(invoke::StopReason reason) noexcept;

  /// Returns shutdown for a signal, or what fail() was given. Blocks.
  [[nodiscard]] invoke::StopReason wait() const noexcept;

 private:
  int descriptor_;  ///< The process's, not this object's.
  std::atomic<invoke::StopReason> failure_{invoke::StopReason::none};
  struct sigaction previous_term_ {};
  struct sigaction previous_int_ {};
  struct sigaction previous_pipe_ {};
};

}  // namespace lmi::entry
