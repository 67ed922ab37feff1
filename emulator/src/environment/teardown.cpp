#include "environment/teardown.hpp"

#include <signal.h>

#include <utility>

namespace lmi::emulator::environment {
namespace {

using std::chrono::milliseconds;

/// The runtime's part of the shutdown, when there is an extension.
constexpr milliseconds runtime_budget{600};
constexpr milliseconds shutdown_budget{2000};
/// For telemetry, between the runtime's end and the extensions'.
constexpr milliseconds flush_budget{1000};
/// After SIGKILL a process can still hang in the kernel; the environment does not wait for it for ever.
constexpr milliseconds reaping_budget{2000};

}  // namespace

void Teardown::begin(ShutdownReason reason) {
  reason_ = reason;
  begun_ = loop_.now();
  finish_timer_ = loop_.after(shutdown_budget + reaping_budget, [this] { finished_(); });

  if (!children_.runtime_alive()) return on_runtime_exit();
  if (!extensions_.any_registered()) return children_.signal_runtime(SIGKILL);
  children_.signal_runtime(SIGTERM);
  step_timer_ = loop_.after(runtime_budget, [this] { children_.signal_runtime(SIGKILL); });
}

void Teardown::on_runtime_exit() {
  if (std::exchange(runtime_gone_, true)) return;
  step_timer_.cancel();
  if (!children_.any_extension_alive()) {
    // Nobody who could be told; an internal extension went with the runtime.
    extensions_.announce_shutdown(reason_, {});
    return finish_when_all_ended();
  }
  telemetry_.flush(flush_budget, [this] {
    end_extensions();
    finish_when_all_ended();
  });
}

/// After the runtime's end, so that an extension sees everything the function did.
void Teardown::end_extensions() {
  const auto spent = std::chrono::duration_cast<milliseconds>(loop_.now() - begun_);
  const auto left = spent < shutdown_budget ? shutdown_budget - spent : milliseconds{0};
  extensions_.announce_shutdown(reason_, left);
  for (const auto& name : children_.living_extensions()) {
    if (!extensions_.wants_shutdown(name)) children_.signal_extension(name, SIGKILL);
  }
  step_timer_ = loop_.after(left, [this] { children_.kill_all(); });
}

void Teardown::finish_when_all_ended() {
  if (children_.runtime_alive() || children_.any_extension_alive()) return;
  step_timer_.cancel();
  // Not from inside a process's own event: what follows destroys it.
  finish_timer_ = loop_.after(milliseconds{0}, [this] { finished_(); });
}

}  // namespace lmi::emulator::environment
