#pragma once

#include "environment/child_processes.hpp"
#include "environment/environment.hpp"
#include "environment/extensions_api.hpp"
#include "environment/telemetry_api.hpp"
#include "loop/loop.hpp"

#include <functional>

namespace lmi::emulator::environment {

/// Ends the processes of an environment in order and within a budget (runtime-api.md §4.4): the runtime, by
/// SIGTERM when there is an extension, else by SIGKILL at once; then telemetry is flushed; then the
/// extensions end, by their SHUTDOWN event; then whoever is left, by SIGKILL.
///
/// Threads:  loop thread only.
/// Lifetime: everything given to it outlives it.
class Teardown {
 public:
  /// `finished` is called once, from a task of its own, when all have ended or their time is over.
  struct Parts {
    Loop& loop;
    ChildProcesses& children;
    ExtensionsApi& extensions;
    TelemetryApi& telemetry;
  };
  Teardown(Parts parts, std::function<void()> finished)
      : loop_{parts.loop},
        children_{parts.children},
        extensions_{parts.extensions},
        telemetry_{parts.telemetry},
        finished_{std::move(finished)} {}

  /// Call once.
  void begin(ShutdownReason reason);
  /// To be told of every exit after begin().
  void on_runtime_exit();
  void on_extension_exit() { finish_when_all_ended(); }

 private:
  void end_extensions();
  void finish_when_all_ended();

  Loop& loop_;
  ChildProcesses& children_;
  ExtensionsApi& extensions_;
  TelemetryApi& telemetry_;
  std::function<void()> finished_;
  ShutdownReason reason_ = ShutdownReason::failure;
  Clock::time_point begun_{};
  bool runtime_gone_ = false;
  Loop::Timer step_timer_;    // the next, harsher step
  Loop::Timer finish_timer_;  // the end, at the latest
};

}  // namespace lmi::emulator::environment
