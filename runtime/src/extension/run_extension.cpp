#include "core/backoff.hpp"
#include "core/logging.hpp"
#include "core/settings.hpp"
#include "entry/wake_up.hpp"
#include "extension/stop_timer.hpp"
#include "lmi/extension.hpp"
#include "wire/error_report.hpp"

#include <spdlog/spdlog.h>

#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace lmi {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = ExtensionError::Kind;

constexpr int exit_ok = 0;
constexpr int exit_failure = 1;
constexpr int exit_environment = 2;

/// Before logging exists, and for people at a terminal.
int refuse(const std::string& message) {
  std::fprintf(stderr, "lmi: %s\n", message.c_str());
  return exit_environment;
}

/// One run_extension(). The caller's thread waits for signals, `thread_` for events.
class ExtensionRun {
 public:
  ExtensionRun(ExtensionClient client, Extension extension, ExtensionOptions options)
      : client_{std::move(client)}, extension_{std::move(extension)}, options_{std::move(options)} {}

  int run();

 private:
  std::vector<ExtensionEventKind> events() const;
  bool begin();
  void wait_for_events();
  void serve_events();
  bool pause_after(const ExtensionError& error, unsigned failures);
  void shut_down(const ShutdownEvent& event);
  void shut_down_by_signal();
  /// Logs it, tells the platform, and makes the exit code 1.
  void fail(const Error& error, bool in_init);

  ExtensionClient client_;
  const Extension extension_;
  const ExtensionOptions options_;
  std::optional<TelemetrySubscriber> telemetry_;
  entry::WakeUp wake_up_;

  std::mutex mutex_;
  std::condition_variable signalled_;
  bool stopping_ = false;  ///< A signal came. Guarded by mutex_.
  int code_ = exit_ok;     ///< Of the thread that serves events, once it has begun.
};

std::vector<ExtensionEventKind> ExtensionRun::events() const {
  std::vector<ExtensionEventKind> wanted{ExtensionEventKind::shutdown};
  const bool where_available = options_.invoke_events == ExtensionOptions::InvokeEvents::where_available;
  if (extension_.on_invoke && !(where_available && client_.managed_instances()))
    wanted.push_back(ExtensionEventKind::invoke);
  return wanted;
}

int ExtensionRun::run() {
  if (!begin()) return code_;
  std::thread serving{[this] { wait_for_events(); }};
  static_cast<void>(wake_up_.wait());  // a signal, or the other thread is done
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  signalled_.notify_one();
  client_.interrupt();
  serving.join();
  telemetry_.reset();
  spdlog::info("extension.stopped code={}", code_);
  return code_;
}

bool ExtensionRun::begin() {
  const auto name = options_.name.empty() ? std::string{program_invocation_short_name} : options_.name;
  const auto registration =
      client_.sign_up({.name = name, .events = events(), .account_id = options_.account_id});
  if (!registration) {
    spdlog::critical("extension.failed message=\"{}\"", registration.error().message);
    code_ = registration.error().kind == Kind::argument ? exit_environment : exit_failure;
    return false;
  }
  spdlog::debug("extension.registered name={} function={} version={}", name, registration->function_name,
                registration->function_version);
  try {
    if (extension_.on_init) extension_.on_init(*registration);
    if (extension_.on_telemetry) {
      auto subscriber =
          TelemetrySubscriber::start(client_, extension_.telemetry_options, extension_.on_telemetry);
      if (!subscriber) throw Error{.type = "TelemetryRefused", .message = subscriber.error().message};
      telemetry_.emplace(*std::move(subscriber));
    }
  } catch (...) {
    fail(wire::describe(std::current_exception()), true);
    return false;
  }
  return true;
}

void ExtensionRun::wait_for_events() {
  try {
    serve_events();
  } catch (...) {
    fail(wire::describe(std::current_exception()), false);
  }
  wake_up_.fail(invoke::StopReason::shutdown);
}

void ExtensionRun::serve_events() {
  for (unsigned failures = 0;;) {
    const auto event = client_.next();
    if (!event) {
      if (event.error().kind == Kind::interrupted) return shut_down_by_signal();
      if (!pause_after(event.error(), ++failures)) return;
      continue;
    }
    failures = 0;
    if (const auto* shutdown = std::get_if<ShutdownEvent>(&*event)) return shut_down(*shutdown);
    if (extension_.on_invoke) extension_.on_invoke(std::get<InvokeEvent>(*event));
  }
}

/// False: no use in asking again.
bool ExtensionRun::pause_after(const ExtensionError& error, unsigned failures) {
  const auto delay = error.kind == Kind::unreachable ? core::retry_delay(failures) : std::nullopt;
  if (!delay) {
    spdlog::critical("extension.failed message=\"{}\" failures={}", error.message, failures);
    code_ = exit_failure;
    return false;
  }
  spdlog::warn("extension.poll_failed failures={} retry_in_ms={} reason=\"{}\"", failures, delay->count(),
               error.message);
  std::unique_lock lock{mutex_};
  signalled_.wait_for(lock, *delay, [this] { return stopping_; });
  return true;  // a signal shows with the next call
}

void ExtensionRun::shut_down_by_signal() {
  std::stop_source source;
  extension::StopTimer timer;
  const auto deadline = Clock::now() + options_.signal_budget;
  timer.schedule(deadline, source);
  shut_down({.reason = ShutdownEvent::Reason::signal,
             .reason_text = "signal",
             .deadline = deadline,
             .stop_token = source.get_token()});
}

void ExtensionRun::shut_down(const ShutdownEvent& event) {
  spdlog::debug("extension.shutdown reason={} budget_ms={}", event.reason_text, event.remaining().count());
  if (telemetry_ && !telemetry_->drain(event.deadline - options_.shutdown_reserve))
    spdlog::warn("telemetry.drain_budget_used");
  if (extension_.on_shutdown) extension_.on_shutdown(event);
}

void ExtensionRun::fail(const Error& error, bool in_init) {
  code_ = exit_failure;
  spdlog::critical("extension.failed type={} message=\"{}\"", wire::extension_error_type(error.type),
                   error.message);
  const auto reported = in_init ? client_.report_init_error(error) : client_.report_exit_error(error);
  if (!reported) spdlog::warn("extension.report_refused reason=\"{}\"", reported.error().message);
}

}  // namespace

int run_extension(Extension extension, ExtensionOptions options) {
  auto client = ExtensionClient::from_environment();
  if (!client) return refuse(client.error().message);
  const auto settings = core::read_settings(core::from_environment, program_invocation_name);
  const auto writer =
      std::make_shared<core::LogWriter>(settings->log_format, settings->log_level, STDERR_FILENO);
  const auto log = core::install_default_logger(writer);
  try {
    ExtensionRun run{*std::move(client), std::move(extension), std::move(options)};
    return run.run();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "lmi: cannot start: %s\n", failure.what());
    return exit_failure;
  }
}

}  // namespace lmi
