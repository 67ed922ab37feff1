#pragma once

#include "loop/loop.hpp"
#include "supervisor/process.hpp"

#include <functional>
#include <memory>
#include <string>
#include <system_error>

namespace lmi::emulator::supervisor {

/// Real child processes, by libuv on a thread of its own.
///
/// A child dies with the emulator, however that dies: each asks the kernel for SIGKILL at its parent's end.
/// That covers the child itself; its own children are killed by group when it ends in any other way, but not
/// when the emulator is killed with SIGKILL.
///
/// Children keep the emulator's user: no privileges are dropped.
///
/// Threads:  as Supervisor says; start() blocks the loop for the fork and exec, a few milliseconds.
/// Lifetime: `loop` outlives it. Destroying it kills every child and waits for them (at most 3 s).
class UvSupervisor final : public Supervisor {
 public:
  /// Told on the loop thread, once each: what this host cannot do and what that means.
  using Report = std::function<void(std::string)>;

  explicit UvSupervisor(Loop& loop, Report report = {});
  ~UvSupervisor() override;
  UvSupervisor(const UvSupervisor&) = delete;
  UvSupervisor& operator=(const UvSupervisor&) = delete;

  std::unique_ptr<Process> start(ProcessSpec spec, ProcessEvents events, std::error_code& error) override;

 private:
  class Core;
  std::shared_ptr<Core> core_;  // shared, weakly, with processes and with lines under way
};

}  // namespace lmi::emulator::supervisor
