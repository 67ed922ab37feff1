#include "environment/environment.hpp"

#include "environment/call_ending.hpp"
#include "environment/child_processes.hpp"
#include "environment/error_types.hpp"
#include "environment/extensions_api.hpp"
#include "environment/invocation_desk.hpp"
#include "environment/json_text.hpp"
#include "environment/log_tail.hpp"
#include "environment/messages.hpp"
#include "environment/platform_log.hpp"
#include "environment/replies.hpp"
#include "environment/runtime_api.hpp"
#include "environment/teardown.hpp"
#include "environment/telemetry_api.hpp"
#include "environment/tmp_directory.hpp"

#include <optional>
#include <system_error>
#include <utility>

namespace lmi::emulator::environment {
namespace {

using std::chrono::milliseconds;

}  // namespace

class Environment::Impl {
 public:
  Impl(Services services, EnvironmentSpec spec, EnvironmentEvents events)
      : services_{services}, spec_{std::move(spec)}, events_{std::move(events)} {}

  void start();
  void invoke(Invocation invocation, std::function<void(Outcome)> done);
  void shut_down(ShutdownReason reason, milliseconds drain);
  EnvironmentStats stats() const;
  const EnvironmentSpec& spec() const noexcept { return spec_; }

 private:
  enum class State { idle, initializing, initialized, shutting_down, shut_down };

  // ---- init ----
  bool prepare();
  void start_extensions();
  void start_runtime_when_extensions_registered();
  void on_first_poll();
  void complete_init_when_ready();

  // ---- requests ----
  void handle(http::ExchangePtr exchange);
  void handle_init_error(const http::ExchangePtr& exchange);
  void handle_telemetry(http::ExchangePtr exchange);

  // ---- the end ----
  void on_runtime_exit(const supervisor::Exit& exit);
  void on_extension_exit(const std::string& name);
  void fail(std::string error_type, std::string message);
  void report_init_failure(const InitFailure& failure);
  void begin_shutdown(ShutdownReason reason, const std::string& error_type, const std::string& message = {});
  void finish();

  // ---- standard Lambda: one call at a time ----
  bool is_standard() const noexcept { return !spec_.max_concurrency; }
  InvocationDesk::Events desk_events();
  void on_dispatched(const Invocation& invocation);
  void on_call_ended(const Outcome& outcome);
  void end_when_drained();
  void tell_when_idle();

  std::optional<std::string> first_fatal_error() const;
  std::chrono::microseconds since_start() const;
  /// Posts `task`; it does not run once this object is gone.
  template <class F>
  void tell(F task) {
    services_.loop.post([weak = std::weak_ptr<const bool>(alive_), task = std::move(task)]() mutable {
      if (!weak.expired()) task();
    });
  }

  Services services_;
  EnvironmentSpec spec_;
  EnvironmentEvents events_;
  State state_ = State::idle;
  bool draining_ = false;
  bool asked_to_shut_down_ = false;
  bool runtime_started_ = false;
  bool first_poll_seen_ = false;
  bool idle_told_ = false;
  ShutdownReason reason_ = ShutdownReason::failure;
  Clock::time_point started_{};
  std::optional<InitFailure> init_error_;  // from POST /runtime/init/error

  TelemetryApi telemetry_{services_.loop, services_.network, spec_,
                          [this](const std::string& extension, const std::vector<std::string>& types) {
                            log_.telemetry_subscription(extension, types);
                          }};
  LogTail tail_;
  PlatformLog log_{spec_,
                   {.record = [this](const std::string& line) { telemetry_.add(LogSource::platform, line); },
                    .line =
                        [this](std::string line) {
                          tail_.add(line);
                          tell([this, line = std::move(line)]() mutable {
                            if (events_.on_log) events_.on_log(LogSource::platform, std::move(line));
                          });
                        }}};
  TmpDirectory tmp_;
  InvocationDesk desk_{services_.loop, spec_, log_, desk_events()};
  ExtensionsApi extensions_{spec_, [this] {
                              start_runtime_when_extensions_registered();
                              complete_init_when_ready();
                              tell_when_idle();
                            }};
  ChildProcesses children_{services_.supervisor,
                           spec_,
                           {.on_line =
                                [this](LogSource source, std::string line) {
                                  telemetry_.add(source, line);
                                  if (is_standard() && source == LogSource::function) tail_.add(line);
                                  if (events_.on_log) events_.on_log(source, std::move(line));
                                },
                            .on_runtime_exit = [this](const auto& exit) { on_runtime_exit(exit); },
                            .on_extension_exit = [this](const auto& name) { on_extension_exit(name); }}};
  CallEnding ending_{{services_.loop, spec_, children_, log_, tail_},
                     [this](const Outcome& outcome) { on_call_ended(outcome); }};
  std::unique_ptr<http::Server> server_;
  Loop::Timer init_timer_;
  Loop::Timer drain_timer_;
  Teardown teardown_{{services_.loop, children_, extensions_, telemetry_}, [this] { finish(); }};
  std::shared_ptr<const bool> alive_ = std::make_shared<bool>(true);  // watched by posted tasks; dies first
};

// ---- init ----

void Environment::Impl::start() {
  state_ = State::initializing;
  started_ = services_.loop.now();
  log_.init_start();
  init_timer_ = services_.loop.after(spec_.init_timeout, [this] { fail(error_type::timed_out, {}); });
  if (prepare()) start_extensions();
}

bool Environment::Impl::prepare() {
  if (const auto problem = tmp_.create(spec_.tmp_directory); !problem.empty()) {
    fail(error_type::sandbox_failure, problem);
    return false;
  }
  try {
    server_ = services_.network.listen("127.0.0.1", 0,
                                       [this](http::ExchangePtr exchange) { handle(std::move(exchange)); });
  } catch (const std::system_error& error) {
    fail(error_type::sandbox_failure, error.what());
    return false;
  }
  return true;
}

void Environment::Impl::start_extensions() {
  const auto programs = children_.find_extensions();
  if (programs.size() > ExtensionsApi::max_extensions) {
    return fail(error_type::too_many_extensions,
                std::to_string(programs.size()) + " files in " + (spec_.opt_root / "extensions").string());
  }
  for (const auto& program : programs) extensions_.expect_external(program.filename().string());
  for (const auto& program : programs) {
    if (auto failure = children_.start_extension(program, server_->port())) {
      return fail(std::move(failure->error_type), std::move(failure->message));
    }
  }
  start_runtime_when_extensions_registered();
}

void Environment::Impl::start_runtime_when_extensions_registered() {
  if (state_ != State::initializing || runtime_started_ || !extensions_.every_external_registered()) return;
  runtime_started_ = true;
  if (auto failure = children_.start_runtime(server_->port())) {
    fail(std::move(failure->error_type), std::move(failure->message));
  }
}

void Environment::Impl::on_first_poll() {
  first_poll_seen_ = true;
  extensions_.close_registration();
  if (state_ != State::initializing) return;
  log_.init_runtime_done({});
  complete_init_when_ready();
}

void Environment::Impl::complete_init_when_ready() {
  if (state_ != State::initializing || !first_poll_seen_ || !extensions_.every_one_ready()) return;
  state_ = State::initialized;
  init_timer_.cancel();
  telemetry_.close_subscription();
  log_.init_report(since_start(), {});
  if (!spec_.repeats_init) ending_.initialised(since_start());
  for (const auto& extension : extensions_.list()) {
    log_.extension(extension.name, extension.state, extension.events);
  }
  tell([this] {
    if (events_.on_ready) events_.on_ready();
  });
  desk_.open();
  tell_when_idle();
}

// ---- requests ----

void Environment::Impl::handle(http::ExchangePtr exchange) {
  if (!comes_from_a_runtime(exchange->head().headers)) {
    return exchange->respond(replies::error(403, "AccessDenied", "The Runtime API is not for web pages"));
  }
  const auto action = to_action(exchange->head().method, exchange->head().target);
  switch (action.endpoint) {
    case Endpoint::ping: return exchange->respond(replies::pong());
    case Endpoint::next:
      // A dying environment closes the connection without an answer.
      return state_ == State::shutting_down ? exchange->drop() : desk_.handle_next(std::move(exchange));
    case Endpoint::response: return desk_.handle_response(std::move(exchange), action.request_id);
    case Endpoint::invocation_error: return desk_.handle_error(std::move(exchange), action.request_id);
    case Endpoint::init_error: return handle_init_error(exchange);
    case Endpoint::extension_register: return extensions_.handle_register(std::move(exchange));
    case Endpoint::extension_next: return extensions_.handle_next(std::move(exchange));
    case Endpoint::extension_init_error: return extensions_.handle_init_error(exchange);
    case Endpoint::extension_exit_error: return extensions_.handle_exit_error(exchange);
    case Endpoint::telemetry: return handle_telemetry(std::move(exchange));
    case Endpoint::method_not_allowed: return exchange->respond(replies::method_not_allowed());
    case Endpoint::not_found: return exchange->respond(replies::not_found());
  }
}

void Environment::Impl::handle_telemetry(http::ExchangePtr exchange) {
  if (auto extension = extensions_.name_of_sender(exchange))
    telemetry_.handle_subscribe(std::move(exchange), *std::move(extension));
}

/// Changes nothing by itself: initialisation fails when the process ends, which is then explained by this.
void Environment::Impl::handle_init_error(const http::ExchangePtr& exchange) {
  const auto on_body = [this, exchange](const http::Body& body) {
    if (body.end == http::BodyEnd::too_large) return exchange->respond(replies::too_large(max_error_bytes));
    if (body.end != http::BodyEnd::complete) return exchange->respond(replies::truncated());
    if (init_error_) return exchange->respond(replies::init_error_sent_twice());
    init_error_ =
        InitFailure{.error_type = error_type::validated(exchange->head().headers.get(error_type_header)),
                    .message = error_message_in(body.data),
                    .body = body.data};
    exchange->respond(replies::accepted());
  };
  exchange->read_body(max_error_bytes,
                      [weak = std::weak_ptr<const bool>(alive_), on_body](const http::Body& body) {
                        if (!weak.expired()) on_body(body);
                      });
}

// ---- calls ----

void Environment::Impl::invoke(Invocation invocation, std::function<void(Outcome)> done) {
  const auto refuse = [&](const char* type) {
    tell([done = std::move(done), type] { done(platform_outcome(Outcome::Kind::refused, type)); });
  };
  if (state_ == State::idle) return refuse(error_type::init_incomplete);
  desk_.invoke(std::move(invocation), std::move(done));
}

EnvironmentStats Environment::Impl::stats() const {
  EnvironmentStats stats;
  desk_.add_to(stats);
  stats.pid = children_.runtime_pid();
  stats.runtime_api_port = server_ ? server_->port() : static_cast<unsigned short>(0);
  return stats;
}

// ---- the end ----

void Environment::Impl::on_runtime_exit(const supervisor::Exit& exit) {
  if (state_ == State::shutting_down) return teardown_.on_runtime_exit();
  const auto* signalled = std::get_if<supervisor::Signalled>(&exit);
  const bool oom = signalled != nullptr && signalled->out_of_memory;
  fail(oom ? error_type::out_of_memory : error_type::exit_error,
       "Runtime exited with error: " + exit_text(exit));
}

void Environment::Impl::on_extension_exit(const std::string& name) {
  if (state_ == State::shutting_down) return teardown_.on_extension_exit();
  fail(error_type::extension_crash, "extension " + name + " exited");
}

std::optional<std::string> Environment::Impl::first_fatal_error() const {
  if (init_error_) return init_error_->error_type;
  return extensions_.first_fatal_error();
}

/// The environment cannot go on. What the function or an extension said before about why counts more than
/// `error_type`.
void Environment::Impl::fail(std::string error_type, std::string message) {
  if (state_ != State::initializing && state_ != State::initialized) return;
  if (const auto reported = first_fatal_error()) error_type = *reported;
  if (init_error_ && !init_error_->message.empty()) message = init_error_->message;
  if (state_ == State::initializing) {
    report_init_failure({error_type, message, init_error_ ? init_error_->body : std::string{}});
  }
  begin_shutdown(ShutdownReason::failure, error_type, message);
}

void Environment::Impl::report_init_failure(const InitFailure& failure) {
  if (!first_poll_seen_) log_.init_runtime_done(failure.error_type);
  log_.init_report(since_start(), failure.error_type);
  tell([this, failure] {
    if (events_.on_init_failed) events_.on_init_failed(failure);
  });
}

void Environment::Impl::shut_down(ShutdownReason reason, milliseconds drain) {
  if (state_ == State::shutting_down || state_ == State::shut_down) return;
  asked_to_shut_down_ = true;
  reason_ = reason;
  desk_.close(error_type::unhealthy);
  if (state_ == State::initialized && drain.count() > 0 && (desk_.anyone_waits() || ending_.busy())) {
    draining_ = true;
    drain_timer_ = services_.loop.after(drain, [this] { begin_shutdown(reason_, error_type::shut_down); });
    return;
  }
  begin_shutdown(reason, error_type::shut_down);
}

void Environment::Impl::begin_shutdown(ShutdownReason reason, const std::string& error_type,
                                       const std::string& message) {
  if (state_ == State::shutting_down || state_ == State::shut_down) return;
  state_ = State::shutting_down;
  reason_ = reason;
  init_timer_.cancel();
  drain_timer_.cancel();
  desk_.close(error_type::unhealthy);
  ending_.now();
  // Callers of Managed Instances get the type alone (runtime-api.md §4.3).
  desk_.abort(error_type, reason == ShutdownReason::failure && !asked_to_shut_down_,
              is_standard() ? message : std::string{});
  ending_.now();
  teardown_.begin(reason);
}

void Environment::Impl::finish() {
  if (state_ == State::shut_down) return;
  state_ = State::shut_down;
  extensions_.drop_all();
  server_.reset();
  children_.kill_all();
  if (const auto problem = tmp_.remove(); !problem.empty()) log_.tmp_not_removed(problem);
  // A copy, because the object, and with it the original, may be destroyed from inside.
  tell([gone = events_.on_gone, crashed = !asked_to_shut_down_] {
    if (gone) gone(crashed);
  });
}

// ---- standard Lambda ----

InvocationDesk::Events Environment::Impl::desk_events() {
  InvocationDesk::Events events;
  events.on_first_poll = [this] { on_first_poll(); };
  events.on_slot_free = [this] {
    tell([this] {
      if (events_.on_slot_free) events_.on_slot_free();
    });
  };
  events.on_all_answered = [this] { end_when_drained(); };
  if (!is_standard()) return events;
  events.on_dispatched = [this](const Invocation& invocation) { on_dispatched(invocation); };
  events.on_poll = [this] {
    ending_.polled();
    tell_when_idle();
  };
  events.on_ended = [this](EndedCall call) {
    const bool runtime_is_through = desk_.has_poll() || call.status == "timeout" || call.status == "failure";
    ending_.end(std::move(call), runtime_is_through);
  };
  return events;
}

void Environment::Impl::on_dispatched(const Invocation& invocation) {
  idle_told_ = false;
  ending_.began();
  extensions_.announce_invoke(invocation);
}

void Environment::Impl::on_call_ended(const Outcome& outcome) {
  if (outcome.error_type == error_type::timed_out && state_ == State::initialized) {
    return tell([this] { begin_shutdown(ShutdownReason::timeout, error_type::timed_out); });
  }
  end_when_drained();
  tell_when_idle();
}

void Environment::Impl::end_when_drained() {
  if (!draining_ || desk_.anyone_waits() || ending_.busy()) return;
  tell([this] { begin_shutdown(reason_, error_type::shut_down); });
}

void Environment::Impl::tell_when_idle() {
  if (!is_standard() || state_ != State::initialized || idle_told_ || ending_.busy()) return;
  if (!desk_.is_idle() || !extensions_.every_one_ready()) return;
  idle_told_ = true;
  tell([this] {
    if (events_.on_idle) events_.on_idle();
  });
}

std::chrono::microseconds Environment::Impl::since_start() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(services_.loop.now() - started_);
}

// ---- the public face ----

Environment::Environment(Services services, EnvironmentSpec spec, EnvironmentEvents events)
    : impl_{std::make_unique<Impl>(services, std::move(spec), std::move(events))} {}
Environment::~Environment() = default;

void Environment::start() {
  impl_->start();
}
void Environment::invoke(Invocation invocation, std::function<void(Outcome)> done) {
  impl_->invoke(std::move(invocation), std::move(done));
}
void Environment::shut_down(ShutdownReason reason, std::chrono::milliseconds drain) {
  impl_->shut_down(reason, drain);
}
EnvironmentStats Environment::stats() const {
  return impl_->stats();
}
const EnvironmentSpec& Environment::spec() const noexcept {
  return impl_->spec();
}

}  // namespace lmi::emulator::environment
