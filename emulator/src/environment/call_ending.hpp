#pragma once

#include "environment/child_processes.hpp"
#include "environment/environment.hpp"
#include "environment/log_tail.hpp"
#include "environment/platform_log.hpp"
#include "loop/loop.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lmi::emulator::environment {

/// A call whose outcome is known and whose caller does not have it yet.
struct EndedCall {
  std::string request_id;
  std::string trace_id;
  std::string_view status;  ///< As in PlatformLog::Report: one of its literals.
  Outcome outcome;
  std::function<void(Outcome)> done;
  std::optional<PlatformLog::Spans> spans;
  bool wants_log_tail = false;
};

/// What lies between the outcome of a standard Lambda call and its caller: the runtime asks for the next
/// event (for which the caller waits no longer than repoll_grace), what the function has printed arrives, the
/// call is reported in the log.
///
/// Threads:  loop thread.
/// Lifetime: everything given to it outlives it. A call under way when it is destroyed is never told.
class CallEnding {
 public:
  struct Parts {
    Loop& loop;
    const EnvironmentSpec& spec;
    ChildProcesses& children;
    PlatformLog& log;
    LogTail& tail;
  };
  /// `ended` is called from inside after the caller was told (by a task of its own).
  CallEnding(Parts parts, std::function<void(const Outcome&)> ended)
      : parts_{parts}, ended_{std::move(ended)} {}

  /// Initialisation took so long: it is billed with, and reported by, the first call.
  void initialised(std::chrono::microseconds duration) { init_ = duration; }
  /// A call begins.
  void began();
  /// `polled`: the runtime asks for the next event already, or is not expected to any more.
  void end(EndedCall call, bool polled);
  void polled();
  /// Nothing more will come: the call under way, if there is one, is told at once.
  void now();
  bool busy() const noexcept { return call_.has_value(); }

 private:
  void read_output();
  void finish();
  PlatformLog::Usage usage();

  Parts parts_;
  std::function<void(const Outcome&)> ended_;
  std::optional<EndedCall> call_;
  bool reading_ = false;
  Loop::Timer grace_;
  std::optional<std::chrono::microseconds> init_;
  std::uint64_t peak_memory_ = 0;  ///< Bytes; kept, since a process that has ended cannot be asked.
  std::shared_ptr<const bool> alive_ =
      std::make_shared<bool>(true);  // watched by callbacks that may come late
};

}  // namespace lmi::emulator::environment
