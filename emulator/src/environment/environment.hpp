#pragma once

#include "http/body_sink.hpp"
#include "http/exchange.hpp"
#include "loop/loop.hpp"
#include "supervisor/process.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace lmi::emulator::environment {

/// What one execution environment is made of. Plain values; AWS's names where AWS has one.
struct EnvironmentSpec {
  std::string id;  ///< Of this environment, e.g. "ee-3f2a…"; part of the log stream name.

  std::string function_name;
  std::string function_version;  ///< "$LATEST.PUBLISHED" or a number.
  std::string function_arn;      ///< Qualified; the default invoked ARN.
  std::string handler;
  std::string region = "us-east-1";
  std::string account_id = "000000000000";
  unsigned memory_mb = 2048;
  std::map<std::string, std::string> variables;  ///< The function's own environment variables.
  std::string log_format = "JSON";
  std::string log_level;  ///< Empty: not set.
  /// Of standard Lambda in JSON: the platform's lines below this level are left out. Empty: INFO.
  std::string system_log_level;
  std::string log_group;
  std::string log_stream;

  /// Text given to the runtime as AWS_LAMBDA_MAX_CONCURRENCY; absent: standard Lambda.
  std::optional<std::string> max_concurrency = "1";

  std::filesystem::path task_root;  ///< Holds `bootstrap`; the working directory. LAMBDA_TASK_ROOT.
  std::filesystem::path
      opt_root;  ///< Stands for /opt: extensions/ and bootstrap are looked for. May be empty.
  std::filesystem::path
      tmp_directory;  ///< Private /tmp of this environment, exported as TMPDIR. Made and removed here.
  std::uint64_t memory_limit_bytes = 0;  ///< 0: none.

  std::chrono::milliseconds timeout{3000};  ///< The function's timeout, for each invocation.
  std::chrono::milliseconds init_timeout{
      130000};  ///< max(130 s, timeout): lmi-behaviour.md §1.5 (AWS documentation).
  /// Of standard Lambda: this is the second attempt, made because the first one's Init failed. It belongs to
  /// the Invoke phase, so that no Init is reported (AWS calls it a suppressed init).
  bool repeats_init = false;
  /// Of standard Lambda: it was started ahead of its first call, for provisioned concurrency.
  bool provisioned = false;
  /// How long an invocation may wait for a slot that is free but whose next poll has not arrived yet.
  /// Ours, not AWS's: 0 gives the official emulator's immediate refusal.
  std::chrono::milliseconds repoll_grace{0};
};

struct Invocation {
  std::string request_id;
  std::string invoked_arn;  ///< Empty: the spec's function_arn.
  std::string payload;
  std::string content_type = "application/json";
  std::string trace_id;          ///< Empty: header omitted.
  std::string client_context;    ///< JSON text, already decoded. Empty: omitted.
  std::string cognito_identity;  ///< JSON text. Empty: omitted.
  std::string tenant_id;         ///< Empty: omitted.
  bool wants_log_tail = false;   ///< Of standard Lambda: Outcome::log_tail is to be filled.

  /// Gets the answer's body as it arrives if the runtime streams it; the outcome's body is empty then, on
  /// success. Null: every answer is gathered.
  std::shared_ptr<http::BodySink> sink = nullptr;  // shared with the caller
};

/// How an invocation ended, once.
struct Outcome {
  enum class Kind {
    success,
    function_error,  ///< The function, its runtime or its environment failed: AWS answers 200 with an error
                     ///< payload.
    refused,         ///< Never reached the function: Runtime.Unavailable, Client.DuplicatedInvokeId, ….
  };
  Kind kind = Kind::success;
  std::string error_type;    ///< E.g. "Function.MyErr", "Sandbox.Timedout"; empty on success.
  std::string content_type;  ///< As the runtime sent it; empty on errors without one.
  std::string body;          ///< The runtime's bytes, or a JSON error object.
  bool streamed = false;     ///< The runtime sent Lambda-Runtime-Function-Response-Mode: streaming.
  std::chrono::microseconds duration{0};  ///< From dispatch to answer.
  std::string log_tail = {};              ///< The last 4 KB of the call's log, when it was wanted.
};

enum class ShutdownReason { spindown, failure, timeout };

/// Why initialisation failed.
struct InitFailure {
  std::string error_type;  ///< E.g. "Runtime.InvalidEntrypoint", "Runtime.ExitError", "Function.Boo",
                           ///< "Sandbox.Timedout".
  std::string message;     ///< For people; may be empty.
  std::string body = {};   ///< The JSON that the runtime posted to /init/error; may be empty.
};

enum class LogSource { platform, function, extension };

/// Told on the loop thread, never from inside a call into the Environment.
struct EnvironmentEvents {
  std::function<void()> on_ready;
  std::function<void(InitFailure)> on_init_failed;  ///< Followed by on_gone.
  /// A slot became free: an answer arrived, also a late one after a timeout.
  std::function<void()> on_slot_free;
  /// Of standard Lambda: the call is over for the runtime and for every extension, all of them ask for the
  /// next event. Told once after each call, and after initialisation.
  std::function<void()> on_idle = {};
  /// Everything is over: processes dead, listener closed, tmp_directory removed. Last event; the object may
  /// be destroyed from here. `crashed` when it was not asked to shut down.
  std::function<void(bool crashed)> on_gone;
  std::function<void(LogSource, std::string line)> on_log;
};

struct EnvironmentStats {
  int pid = 0;
  unsigned in_flight = 0;  ///< Slots held, timed-out invocations whose code still runs included.
  unsigned peak_in_flight = 0;
  unsigned idle_polls = 0;
  std::uint64_t invocations = 0;
  unsigned short runtime_api_port = 0;
};

/// One execution environment: a process tree and its Runtime and Extensions API on a listener of its own.
///
/// Idle → Initializing → Initialized → ShuttingDown → Shutdown, no way back (runtime-api.md §4).
///
/// Without EnvironmentSpec::max_concurrency it is one of standard Lambda: one call at a time; extensions are
/// told of each; an answer goes to its caller when the runtime asks for the next event (or repoll_grace after
/// the answer); a timeout ends the environment.
///
/// Threads:  loop thread only.
/// Lifetime: the loop, network and supervisor must outlive it. Destroying it kills the processes; nothing is
///           told any more, waiting invocations get no outcome: shut_down() first.
class Environment {
 public:
  struct Services {
    Loop& loop;
    http::Network& network;
    supervisor::Supervisor& supervisor;
  };

  Environment(Services services, EnvironmentSpec spec, EnvironmentEvents events);
  ~Environment();

  /// Opens the listener, starts extensions, then the runtime. Call once.
  void start();

  /// Hands `invocation` to the oldest waiting poll. `done` is called exactly once, never from inside.
  /// During initialisation it waits for its end.
  void invoke(Invocation invocation, std::function<void(Outcome)> done);

  /// Ends it as runtime-api.md §4.4 says; in-flight callers get Client.ExecutionEnvironmentShutDown at once.
  /// With `drain` they are finished first (new ones are refused), for at most that long.
  void shut_down(ShutdownReason reason, std::chrono::milliseconds drain = {});

  EnvironmentStats stats() const;
  const EnvironmentSpec& spec() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lmi::emulator::environment
