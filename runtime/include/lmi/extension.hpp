#pragma once

// Lambda extensions: programs of their own beside a function (external), or a part of the function's process
// (internal). Component lmi::extension.

#include "lmi/error.hpp"
#include "lmi/telemetry.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

namespace lmi {

/// What the Extensions API can tell an extension.
enum class ExtensionEventKind {
  invoke,    ///< Standard Lambda only: Managed Instances refuse the registration.
  shutdown,  ///< The environment ends. External extensions only.
};

/// An invocation began. On standard Lambda the caller is answered only once the extension asks for the next
/// event.
struct InvokeEvent {
  std::string request_id;
  std::string function_arn;
  std::string trace_id;                            ///< Empty: none.
  std::chrono::steady_clock::time_point deadline;  ///< When the platform ends the invocation.
};

/// The environment ends.
struct ShutdownEvent {
  enum class Reason {
    spindown,  ///< The platform does not need the environment any more.
    timeout,   ///< The function ran out of time.
    failure,   ///< The function or another extension failed.
    signal,    ///< SIGTERM or SIGINT arrived before any event: somebody else stops this process.
    unknown,   ///< A word this library does not know; see reason_text.
  };
  Reason reason = Reason::unknown;
  std::string reason_text;  ///< As the platform spelled it.

  /// When the process is killed: 2 s after the shutdown began, the runtime's part of it included. On the
  /// steady clock.
  std::chrono::steady_clock::time_point deadline;

  /// Requested at the deadline.
  std::stop_token stop_token;

  /// Zero or less: the deadline has passed.
  [[nodiscard]] std::chrono::milliseconds remaining() const noexcept {
    return std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  }
};

using ExtensionEvent = std::variant<InvokeEvent, ShutdownEvent>;

/// What the platform tells an extension that registers.
struct ExtensionRegistration {
  std::string extension_id;
  std::string function_name;
  std::string function_version;
  std::string handler;
  std::string account_id;  ///< Empty unless it was asked for, and the platform knows it.
};

struct ExtensionSignUp {
  /// External: the file name in /opt/extensions, or the platform does not know the extension. Internal: any
  /// other.
  std::string name;

  /// Checked before they are sent. External: shutdown, and on standard Lambda invoke. Internal: on standard
  /// Lambda invoke, on Managed Instances none. Without shutdown an external extension is killed at once.
  std::vector<ExtensionEventKind> events{};

  bool internal = false;
  bool account_id = false;  ///< Asks for the account's number.
};

/// The Extensions API, call by call: what run_extension() is made of, and what an internal extension in a
/// function's own process uses.
///
///     auto client = lmi::ExtensionClient::from_environment();                      // in options.init
///     client->sign_up({.name = "my-metrics", .internal = true});
///     std::jthread waiting{[&] { (void)client->next(); }};  // init is not complete before it waits here
///
/// An internal extension must register before the function's first poll, and must then keep next() pending:
/// run() begins to poll once options.init has returned.
///
/// Threads:  next() from one thread at a time; everything else from any.
/// Lifetime: owns what it needs. Call interrupt() and let next() return before destroying it.
/// Time:     next() waits without limit, everything else for at most 2 s.
/// Errors:   by value; an ExtensionError says which variable, status or reply it was.
class ExtensionClient {
 public:
  /// Reads AWS_LAMBDA_RUNTIME_API and AWS_LAMBDA_INITIALIZATION_TYPE. Sends nothing.
  static ExtensionResult<ExtensionClient> from_environment();

  ~ExtensionClient();
  ExtensionClient(ExtensionClient&&) noexcept;
  ExtensionClient& operator=(ExtensionClient&&) noexcept;

  /// Whether the function runs on Managed Instances.
  [[nodiscard]] bool managed_instances() const noexcept;

  /// Registers, once.
  ExtensionResult<ExtensionRegistration> sign_up(const ExtensionSignUp& sign_up);

  /// Waits for an event. The first call says that the extension is ready.
  ExtensionResult<ExtensionEvent> next();

  /// The extension cannot start: to be followed by the end of its process. The platform sees
  /// "Extension.<Type>". Before the first next() only.
  ExtensionResult<void> report_init_error(const Error& error);

  /// The extension cannot go on: to be followed by the end of its process.
  ExtensionResult<void> report_exit_error(const Error& error);

  /// Ends next(), the one under way and every later one, with ExtensionError::Kind::interrupted.
  void interrupt();

 private:
  friend class TelemetrySubscriber;
  struct Parts;
  explicit ExtensionClient(std::unique_ptr<Parts> parts) noexcept;
  std::unique_ptr<Parts> parts_;
};

/// What an external extension does. Every function may be empty. They run on one thread, one after the other,
/// except telemetry: that has a thread of its own and may run beside the others.
///
/// An exception that leaves one of them is reported to the platform and ends the extension with code 1, which
/// ends the environment: Lambda has no extension that failed and environments that live.
struct Extension {
  /// Registered, not yet ready: the function does not start before this has returned. Part of Init.
  std::function<void(const ExtensionRegistration&)> on_init{};

  /// An invocation began. Standard Lambda only: see ExtensionOptions::invoke_events.
  std::function<void(const InvokeEvent&)> on_invoke{};

  /// Batches of what the platform, the function and other extensions say: see <lmi/telemetry.hpp>. When it is
  /// set, run_extension() subscribes with `telemetry_options` after on_init. An exception that leaves it
  /// costs that batch, is logged, and nothing else.
  TelemetryCallback on_telemetry{};
  TelemetryOptions telemetry_options{};

  /// The end. With telemetry, called after what was under way has been delivered.
  std::function<void(const ShutdownEvent&)> on_shutdown{};
};

struct ExtensionOptions {
  /// Empty: the file name this program was started by, as the platform's rule is.
  std::string name{};

  bool account_id = false;  ///< Asks for the account's number.

  enum class InvokeEvents {
    required,         ///< On Managed Instances, where they do not exist, run_extension() returns 2.
    where_available,  ///< On Managed Instances on_invoke is never called.
  };
  InvokeEvents invoke_events = InvokeEvents::required;

  /// What is left to on_shutdown when telemetry keeps coming until the end. Default 500 ms of the 2 s.
  std::chrono::milliseconds shutdown_reserve{500};

  /// How long on_shutdown may take after SIGTERM. Default: what Lambda gives after SHUTDOWN.
  std::chrono::milliseconds signal_budget{2000};
};

/// Runs an external extension: registers, subscribes, waits for events until SHUTDOWN, SIGTERM or SIGINT, and
/// returns the exit code for main().
///
/// Until it returns, spdlog's default logger writes Lambda's log lines to stderr, as under lmi::run(). Not in
/// a process that calls lmi::run(): an internal extension uses ExtensionClient.
///
/// Threads:  blocks the caller. The functions run on a thread of the library's, telemetry on another.
/// Lifetime: whatever the functions refer to must outlive the call.
/// Time:     see ShutdownEvent::deadline. A function that holds on beyond it is killed by the platform.
/// Errors:   returns
///           0  stopped by SHUTDOWN, SIGTERM or SIGINT
///           1  registration or subscription was refused, the API went away, or a function threw; a line
///              `extension.failed` says which
///           2  not inside Lambda, a malformed variable, or options that this platform cannot serve; stderr
///              says which
[[nodiscard]] int run_extension(Extension extension, ExtensionOptions options = {});

}  // namespace lmi
