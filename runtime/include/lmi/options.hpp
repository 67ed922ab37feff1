#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lmi {

class Context;

/// What happens to a handler that is still at work at its invocation's deadline. The caller has had its
/// time-out answer by then, and the handler still holds its slot: enough of them, and the environment serves
/// nobody. Each is logged (`invoke.overrun`, with how many slots are held so), and its stop token is
/// requested; an answer that comes late is sent and may be refused, which is normal.
struct OverrunPolicy {
  /// Called at each such deadline, on a library thread, while the invocation cannot end: keep it short, and
  /// let go of whatever the handler waits for. Exceptions are logged.
  std::function<void(Context&)> on_overrun{};

  /// Coroutine handlers: cancel the operation they wait for (Asio's terminal cancellation). It throws
  /// boost::system::system_error with operation_aborted out of the handler's co_await, and of every later
  /// one. False: they are only told by their stop token. At the end of a drain likewise.
  bool cancel_coroutines = true;

  /// Gives the environment up when more than this share of its slots is held: polls end, the other handlers
  /// drain, run() ends with 1, and the platform starts another environment. 1 (the default): never. With
  /// Isolation::processes each child counts its own slots, and it is the child that is replaced.
  double replace_above = 1.0;
};

/// What keeps invocations apart from each other.
enum class Isolation {
  threads,    ///< One process: cheap, everything shared; a crash ends all its invocations.
  processes,  ///< Several, each with its share of the slots: for code that is not thread-safe, or may crash.
};

/// One named part of the Init phase.
struct InitStep {
  std::string name;
  std::function<void()> run;
};

class Middleware;  // <lmi/middleware.hpp>

/// What run() can be told beyond the environment. The defaults suit Lambda.
///
/// Threads:  init, init_steps and on_shutdown run on the thread that called run(), or on one that it waits
///           for, never beside each other. With Isolation::processes they run so in each child, and never in
///           the supervisor.
/// Lifetime: run() keeps a copy; what the functions and pointers refer to must outlive it.
/// Errors:   see each member.
struct RunOptions {
  /// Set-up that belongs to the Init phase: runs once, before the first poll. An exception that leaves it is
  /// reported to the platform as an init error, and run() returns 1. Empty: nothing to do.
  std::function<void()> init{};

  /// Further parts of the Init phase, run after init in this order: warm-ups, pools. Named, so that a slow or
  /// failed one can be told from the others: how long each took is logged, and the init error names it.
  std::vector<InitStep> init_steps{};

  /// When init and its steps have not finished by then, that is reported as an init error that names the one
  /// under way, and the process ends with 1. Default 120 s: a Managed Instances environment has at least 130
  /// s.
  std::chrono::milliseconds init_timeout{120'000};

  /// Runs once after the handlers have finished (or were given up), before run() returns, whatever ended
  /// polling: SIGTERM, or one of the reasons for code 1. Not when the start failed, nor after a crash. With
  /// Isolation::processes in each child before its end; not in the supervisor. Exceptions are logged.
  std::function<void()> on_shutdown{};

  /// How long handlers may go on after SIGTERM before their stop tokens are requested; those that still do
  /// not finish a tenth of it later are abandoned. Zero: at once. Default 250 ms: Lambda documents 300 ms for
  /// the runtime before SIGKILL, and the exit itself takes some.
  std::chrono::milliseconds drain_timeout{250};

  /// Whether to register an internal extension. Without any extension the platform stops the process by
  /// SIGKILL, and nothing drains. Default: on Managed Instances yes, on standard Lambda no.
  std::optional<bool> register_extension{};

  /// Whether a 500 from the Runtime API on an answer ends the process, as its documentation asks. Default: on
  /// standard Lambda yes, on Managed Instances no, because other invocations are running here.
  std::optional<bool> exit_on_platform_error{};

  /// With Isolation::processes run() forks `processes` children before anything else and supervises them:
  /// each runs init and serves its share of the slots. When one dies, each of its invocations is answered
  /// with Function.WorkerCrashed, naming the signal and the request; the crash is logged with its back-trace,
  /// and a new child takes its place. The others notice nothing. In the children std::exit() follows run():
  /// main() goes on after run() in the supervisor only. Create connections, pools and threads in init, not
  /// before.
  Isolation isolation = Isolation::threads;

  /// How many, for Isolation::processes. Default: the vCPUs this process may use; never more than slots.
  std::optional<unsigned> processes{};

  /// Whether a fatal signal first writes one JSON line with the back-trace and the ids of the invocations in
  /// flight. Signals somebody handles already are left alone.
  bool crash_report = true;

  /// For handlers that do not end at their deadline.
  OverrunPolicy overrun{};

  /// Threads that run coroutine handlers. Default: the vCPUs this process may use, at least one. Ignored for
  /// blocking handlers, which have one thread a slot.
  std::optional<unsigned> workers{};

  /// What happens around every invocation, outermost first. Not owned: each must outlive run().
  std::vector<Middleware*> middleware{};
};

}  // namespace lmi
