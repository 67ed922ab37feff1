#include "entry/session.hpp"

#include "core/settings.hpp"
#include "entry/crash_reporter.hpp"
#include "entry/extension.hpp"
#include "entry/init_error.hpp"
#include "entry/initialisation.hpp"
#include "entry/wake_up.hpp"
#include "entry/worker_processes.hpp"
#include "wire/error_report.hpp"

#include <spdlog/spdlog.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <utility>

namespace lmi::entry {
namespace {

constexpr int exit_ok = 0;
constexpr int exit_failure = 1;
constexpr int exit_environment = 2;

/// Before logging exists, and for people at a terminal.
int refuse(const std::string& message) {
  std::fprintf(stderr, "lmi: %s\n", message.c_str());
  return exit_environment;
}

/// Everything one run() holds, in the order it is built; destroyed in reverse.
class Session {
 public:
  Session(SessionPlan plan, const RunOptions& options)
      : settings_{std::move(plan.settings)},
        endpoint_{std::move(plan.endpoint)},
        options_{options},
        supervised_{plan.table != nullptr},
        supervisor_{plan.supervisor},
        log_writer_{
            std::make_shared<core::LogWriter>(settings_.log_format, settings_.log_level, STDERR_FILENO)},
        log_{core::install_default_logger(log_writer_)},
        own_table_{supervised_ ? nullptr : std::make_unique<invoke::InFlightTable>(settings_.slots)},
        table_{supervised_ ? *plan.table : *own_table_} {
    if (options_.crash_report)
      crash_reporter_.emplace(table_,
                              supervised_ ? CrashReporter::Output::record_only : CrashReporter::Output::line,
                              STDERR_FILENO);
  }

  int run(const MakeEngine& make_engine);

 private:
  bool initialise();
  void report_init_error(const Error& error);
  std::unique_ptr<invoke::Engine> start_engine(const MakeEngine& make_engine);
  int drain(invoke::Engine& engine, invoke::StopReason reason);
  void run_shutdown_hook();

  const core::Settings settings_;
  const transport::Endpoint endpoint_;
  const RunOptions& options_;
  const bool supervised_;
  const transport::DescriptorSender* const supervisor_;  // null unless supervised
  const std::shared_ptr<core::LogWriter> log_writer_;    // shared with every logger made from it
  const std::shared_ptr<spdlog::logger> log_;            // spdlog's default logger is the other owner
  const std::unique_ptr<invoke::InFlightTable> own_table_;
  invoke::InFlightTable& table_;
  std::optional<CrashReporter> crash_reporter_;
  const wire::RequestWriter writer_{endpoint_.authority};
  WakeUp wake_up_;
  invoke::Overruns overruns_{options_.overrun, settings_.slots,
                             [this] { wake_up_.fail(invoke::StopReason::overruns); }};
  invoke::DeadlineWatch deadlines_;
  invoke::ScratchRoot scratch_{invoke::temporary_directory()};
  const invoke::Surroundings surroundings_{settings_, log_writer_, scratch_, deadlines_, overruns_};
};

int Session::run(const MakeEngine& make_engine) {
  for (const auto& warning : settings_.warnings) log_->warn("runtime.settings {}", warning);
  if (const auto swept = scratch_.sweep(); swept > 0)
    log_->info("runtime.scratch_swept directories={}", swept);
  if (!initialise()) return exit_failure;

  InternalExtension extension{endpoint_, writer_};
  if (options_.register_extension.value_or(settings_.managed_instances)) extension.start();

  const auto engine = start_engine(make_engine);
  if (!engine) return exit_failure;
  return drain(*engine, wake_up_.wait());
}

bool Session::initialise() {
  const auto error = entry::initialise(options_, *log_, [this](const Error& late) {
    report_init_error(late);
    std::_Exit(exit_failure);
  });
  if (error) report_init_error(*error);
  return !error;
}

void Session::report_init_error(const Error& error) {
  entry::report_init_error(endpoint_, writer_, *log_, error);
}

std::unique_ptr<invoke::Engine> Session::start_engine(const MakeEngine& make_engine) {
  const invoke::EngineParts parts{
      .endpoint = endpoint_,
      .writer = writer_,
      .surroundings = surroundings_,
      .policy = {.exit_on_platform_error =
                     options_.exit_on_platform_error.value_or(!settings_.managed_instances)},
      .slots = settings_.slots,
      .in_flight = table_,
      .supervisor = supervisor_,
      .on_failure = [this](invoke::StopReason reason) { wake_up_.fail(reason); }};
  try {
    auto engine = make_engine(parts, options_);
    engine->start();
    table_.stage() = invoke::Stage::serving;
    return engine;
  } catch (const std::exception& failure) {
    report_init_error(
        {.type = "StartFailed",
         .message = "cannot start " + std::to_string(parts.slots) + " slots: " + failure.what()});
    return nullptr;
  }
}

int Session::drain(invoke::Engine& engine, invoke::StopReason reason) {
  using Clock = invoke::Engine::Clock;
  // What is idle needs a moment to end too, however short the budget is.
  const auto grace =
      std::max<std::chrono::milliseconds>(options_.drain_timeout / 10, std::chrono::milliseconds{20});
  engine.stop_polling();
  log_->info("runtime.draining budget_ms={}", options_.drain_timeout.count());
  const auto budget_end = Clock::now() + options_.drain_timeout;
  if (!engine.wait_finished(budget_end)) {
    log_->warn("runtime.drain_budget_used");
    engine.cancel_handlers();
    engine.wait_finished(Clock::now() + grace);
  }
  run_shutdown_hook();
  const bool clean = engine.shut_down(Clock::now() + grace);
  scratch_.remove();

  using enum invoke::StopReason;
  if (reason == api_gone || reason == platform_error) table_.stage() = invoke::Stage::refused;
  const int code = reason == shutdown ? exit_ok : exit_failure;
  log_->info("runtime.stopped code={}", code);
  if (clean) return code;
  // A handler still runs, on objects that main() would destroy next. Nothing but the end of the process is
  // safe.
  log_->warn("runtime.handlers_abandoned");
  std::_Exit(code);
}

void Session::run_shutdown_hook() {
  if (!options_.on_shutdown) return;
  try {
    options_.on_shutdown();
  } catch (...) {
    const auto error = wire::describe(std::current_exception());
    log_->error("shutdown.hook_failed type={} message=\"{}\"", error.type, error.message);
  }
}

}  // namespace

int serve_here(SessionPlan plan, const RunOptions& options, const MakeEngine& make_engine) {
  try {
    Session session{std::move(plan), options};
    return session.run(make_engine);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "lmi: cannot start: %s\n", failure.what());
    return exit_failure;
  }
}

int serve(const RunOptions& options, const MakeEngine& make_engine) {
  auto settings = core::read_settings(core::from_environment, program_invocation_name);
  if (!settings) return refuse(settings.error().message);

  auto endpoint = transport::resolve(settings->api_host, settings->api_port);
  if (!endpoint) {
    return refuse("AWS_LAMBDA_RUNTIME_API names the host \"" + settings->api_host +
                  "\": expected one that can be resolved (" + endpoint.error() + ")");
  }
  SessionPlan plan{.settings = *std::move(settings), .endpoint = *std::move(endpoint)};
  if (options.isolation == Isolation::processes)
    return serve_in_processes(std::move(plan), options, make_engine);
  return serve_here(std::move(plan), options, make_engine);
}

}  // namespace lmi::entry
