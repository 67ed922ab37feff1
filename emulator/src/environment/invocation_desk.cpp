#include "environment/invocation_desk.hpp"

#include "environment/error_types.hpp"
#include "environment/messages.hpp"
#include "environment/process_environment.hpp"
#include "environment/replies.hpp"
#include "environment/uuid.hpp"

#include <algorithm>
#include <utility>

namespace lmi::emulator::environment {
namespace {

std::optional<std::string_view> echoed_nonce(const http::Exchange& exchange) {
  const std::string* echoed = exchange.head().headers.find(nonce_header);
  if (echoed == nullptr) return std::nullopt;
  return *echoed;
}

}  // namespace

InvocationDesk::InvocationDesk(Loop& loop, const EnvironmentSpec& spec, PlatformLog& log, Events events)
    : loop_{loop},
      spec_{spec},
      log_{log},
      events_{std::move(events)},
      book_{{.max_concurrency = concurrency_limit(spec.max_concurrency)}} {}

/// Wraps a callback so that it does nothing once the desk is gone.
template <class F>
auto InvocationDesk::guarded(F task) const {
  return [weak = std::weak_ptr<const bool>(alive_), task = std::move(task)](auto&&... args) mutable {
    if (!weak.expired()) task(std::forward<decltype(args)>(args)...);
  };
}

// ---- callers ----

void InvocationDesk::invoke(Invocation invocation, Done done) {
  if (!closed_with_.empty()) return refuse(done, closed_with_.c_str());
  if (!open_) {
    waiting_.push_back({std::move(invocation), std::move(done), {}});
    return;
  }
  if (!try_dispatch(invocation, done)) wait_for_poll(std::move(invocation), std::move(done));
}

/// False when the invocation could run if only a poll were there. Everything else is decided here.
bool InvocationDesk::try_dispatch(Invocation& invocation, Done& done) {
  std::string nonce = random_uuid();
  const auto result = book_.dispatch(invocation.request_id, nonce);
  if (const auto* assignment = std::get_if<InvocationBook::Assignment>(&result)) {
    deliver(*assignment, invocation, std::move(nonce), done);
    return true;
  }
  switch (std::get<InvocationBook::Refusal>(result)) {
    case InvocationBook::Refusal::duplicate_id: refuse(done, error_type::duplicated_invoke_id); return true;
    case InvocationBook::Refusal::no_free_slot: refuse(done, error_type::unavailable); return true;
    case InvocationBook::Refusal::no_idle_poll: return false;
  }
  return false;
}

void InvocationDesk::deliver(InvocationBook::Assignment assignment, Invocation& invocation, std::string nonce,
                             Done& done) {
  ++invocations_;
  peak_in_flight_ = std::max(peak_in_flight_, static_cast<unsigned>(book_.in_flight()));
  if (events_.on_dispatched) events_.on_dispatched(invocation);
  log_.start(invocation);
  const Attempt attempt = assignment.attempt;
  callers_.emplace(attempt,
                   Caller{.request_id = invocation.request_id,
                          .done = std::move(done),
                          .sink = std::move(invocation.sink),
                          .trace_id = invocation.trace_id,
                          .started = loop_.now(),
                          .answer_began = {},
                          .wants_log_tail = invocation.wants_log_tail,
                          .timeout = loop_.after(spec_.timeout, [this, attempt] { on_timeout(attempt); })});
  const auto poll = polls_.extract(assignment.poll);
  poll.mapped()->respond({.status = 200,
                          .headers = next_headers(spec_, invocation, nonce),
                          .body = std::move(invocation.payload)});
}

/// A slot whose answer just arrived polls again within a fraction of a millisecond: with `repoll_grace` a
/// call waits for that poll, but never for more slots than are free.
void InvocationDesk::wait_for_poll(Invocation invocation, Done done) {
  const bool slot_left = book_.in_flight() + waiting_.size() < concurrency_limit(spec_.max_concurrency);
  if (spec_.repoll_grace.count() <= 0 || !slot_left) return refuse(done, error_type::unavailable);
  waiting_.push_back(
      {std::move(invocation), std::move(done), loop_.after(spec_.repoll_grace, [this] { lose_patience(); })});
}

void InvocationDesk::lose_patience() {
  // All wait equally long, so the first is the one whose time is over.
  const Waiting first = std::move(waiting_.front());
  waiting_.pop_front();
  refuse(first.done, error_type::unavailable);
  if (!anyone_waits()) events_.on_all_answered();
}

void InvocationDesk::serve_waiting() {
  while (open_ && !waiting_.empty() && book_.idle_polls() > 0) {
    Waiting first = std::move(waiting_.front());
    waiting_.pop_front();
    try_dispatch(first.invocation, first.done);
  }
}

void InvocationDesk::open() {
  open_ = true;
  serve_waiting();
  auto late = std::exchange(waiting_, {});
  for (auto& waiting : late) wait_for_poll(std::move(waiting.invocation), std::move(waiting.done));
}

void InvocationDesk::close(std::string error_type) {
  closed_with_ = std::move(error_type);
}

void InvocationDesk::abort(const std::string& error_type, bool waiting_failed, const std::string& message) {
  auto callers = std::exchange(callers_, {});
  for (auto& [attempt, caller] : callers) {
    auto outcome = platform_outcome(Outcome::Kind::function_error, error_type, message);
    outcome.duration = std::chrono::duration_cast<std::chrono::microseconds>(loop_.now() - caller.started);
    end(std::move(caller), "failure", std::move(outcome));
  }
  const auto waiting = std::exchange(waiting_, {});
  const auto kind = waiting_failed ? Outcome::Kind::function_error : Outcome::Kind::refused;
  for (const auto& caller : waiting) tell(caller.done, platform_outcome(kind, error_type, message));

  book_ = InvocationBook{{.max_concurrency = concurrency_limit(spec_.max_concurrency)}};
  const auto polls = std::exchange(polls_, {});
  for (const auto& [id, exchange] : polls) exchange->drop();
  const auto answering = std::exchange(answering_, {});
  for (const auto& [attempt, answer] : answering) {
    if (answer.response) answer.response->drop();
    if (answer.error) answer.error->drop();
    if (answer.reported) answer.reported->exchange->drop();
  }
}

void InvocationDesk::refuse(const Done& done, const char* error_type) {
  tell(done, platform_outcome(Outcome::Kind::refused, error_type));
}

void InvocationDesk::tell(const Done& done, Outcome outcome) {
  loop_.post(guarded([done, outcome = std::move(outcome)]() mutable { done(std::move(outcome)); }));
}

void InvocationDesk::on_timeout(Attempt attempt) {
  book_.time_out(attempt);
  finish(attempt, timeout_outcome(spec_.timeout));
}

void InvocationDesk::finish(Attempt attempt, Outcome outcome) {
  auto node = callers_.extract(attempt);
  if (node.empty()) return;
  Caller& caller = node.mapped();
  outcome.duration = std::chrono::duration_cast<std::chrono::microseconds>(loop_.now() - caller.started);
  const bool timed_out = outcome.error_type == error_type::timed_out;
  const bool success = outcome.kind == Outcome::Kind::success;
  end(std::move(caller), success ? "success" : timed_out ? "timeout" : "error", std::move(outcome));
  let_next_piece_in(attempt);  // what the function still streams is read and dropped
  if (!anyone_waits()) events_.on_all_answered();
}

/// `caller` comes by value: its timer ends here, not with whoever reports the call.
void InvocationDesk::end(Caller caller, std::string_view status, Outcome outcome) {
  std::optional<PlatformLog::Spans> spans;
  if (caller.answer_began && outcome.kind == Outcome::Kind::success) {
    const auto latency =
        std::chrono::duration_cast<std::chrono::microseconds>(*caller.answer_began - caller.started);
    spans = {.latency = latency, .duration = outcome.duration - latency};
  }
  if (events_.on_ended) {
    return events_.on_ended({.request_id = std::move(caller.request_id),
                             .trace_id = std::move(caller.trace_id),
                             .status = status,
                             .outcome = std::move(outcome),
                             .done = std::move(caller.done),
                             .spans = spans,
                             .wants_log_tail = caller.wants_log_tail});
  }
  log_.report({.request_id = caller.request_id,
               .status = status,
               .duration = outcome.duration,
               .error_type = outcome.error_type,
               .trace_id = caller.trace_id,
               .spans = spans});
  tell(caller.done, std::move(outcome));
}

// ---- polls ----

void InvocationDesk::handle_next(http::ExchangePtr exchange) {
  const PollId poll = ++last_poll_;
  if (!book_.add_poll(poll)) return exchange->respond(replies::internal_error());
  exchange->on_disconnect(guarded([this, poll] {
    book_.remove_poll(poll);
    polls_.erase(poll);
  }));
  polls_.emplace(poll, std::move(exchange));
  if (!std::exchange(polled_, true)) events_.on_first_poll();
  serve_waiting();
  if (events_.on_poll) events_.on_poll();
}

// ---- answers ----

/// Answers the runtime when its answer is not wanted.
bool InvocationDesk::admitted(const http::ExchangePtr& exchange, const InvocationBook::Admitted& result) {
  using Admission = InvocationBook::Admission;
  if (result.admission == Admission::accepted) return true;
  exchange->respond(result.admission == Admission::timed_out ? replies::invoke_timeout()
                                                             : replies::invalid_request_id());
  if (result.freed_slot) slot_freed();
  return false;
}

void InvocationDesk::handle_response(http::ExchangePtr exchange, const std::string& request_id) {
  const auto result =
      book_.begin_answer(request_id, InvocationBook::Answer::response, echoed_nonce(*exchange));
  if (!admitted(exchange, result)) return;
  if (const auto caller = callers_.find(result.attempt); caller != callers_.end())
    caller->second.answer_began = loop_.now();

  const auto& headers = exchange->head().headers;
  const auto mode = headers.get(response_mode_header);
  const bool streamed = mode == "streaming";
  if (!mode.empty() && !streamed) {
    exchange->respond(replies::invalid_response_mode());
    book_.settle(result.attempt);
    finish(result.attempt,
           platform_outcome(Outcome::Kind::function_error, error_type::invalid_response_mode));
    return slot_freed();
  }
  answering_[result.attempt].response = exchange;
  read_response(result.attempt, exchange, streamed);
}

void InvocationDesk::read_response(Attempt attempt, const http::ExchangePtr& exchange, bool streamed) {
  const std::string* type = exchange->head().headers.find("Content-Type");
  AnswerForm form{.content_type = type == nullptr ? "application/octet-stream" : *type,
                  .streamed = streamed,
                  .limit = max_response_bytes};
  const auto caller = callers_.find(attempt);
  const auto sink = streamed && caller != callers_.end() ? caller->second.sink : nullptr;
  if (sink) form.limit = max_streamed_bytes;
  const std::size_t limit = form.limit;
  const std::string content_type = form.content_type;
  auto done = guarded([this, attempt, form = std::move(form)](http::Body body) {
    on_response_body(attempt, form, std::move(body));
  });
  if (!sink) return exchange->read_body(limit, std::move(done));
  exchange->read_body_in_pieces(limit, guarded([this, attempt](std::string bytes, http::More more) {
                                  on_piece(attempt, std::move(bytes), std::move(more));
                                }),
                                std::move(done));
  sink->begin(content_type);
}

void InvocationDesk::on_piece(Attempt attempt, std::string bytes, http::More more) {
  const auto caller = callers_.find(attempt);
  if (caller == callers_.end()) return more();  // told of the timeout already
  answering_[attempt].more = std::move(more);
  const auto sink = caller->second.sink;  // the call below may end the invocation
  sink->piece(std::move(bytes), guarded([this, attempt] { let_next_piece_in(attempt); }));
}

void InvocationDesk::let_next_piece_in(Attempt attempt) {
  const auto answering = answering_.find(attempt);
  if (answering == answering_.end()) return;
  if (const auto more = std::exchange(answering->second.more, nullptr)) more();
}

void InvocationDesk::on_response_body(Attempt attempt, const AnswerForm& form, http::Body body) {
  const auto found = answering_.find(attempt);
  if (found == answering_.end()) return;  // aborted meanwhile
  auto& answering = found->second;
  const auto exchange = std::exchange(answering.response, nullptr);
  auto reported = std::exchange(answering.reported, std::nullopt);
  if (!answering.error) answering_.erase(attempt);

  if (reported) {  // an /error overtook the upload: it counts
    exchange->respond(replies::internal_error());
    return settle_with_error(attempt, std::move(*reported));
  }
  const auto settlement = book_.settle(attempt);
  if (settlement == InvocationBook::Settlement::settled) {
    exchange->respond(response_reply(body.end, form.limit));
    finish(attempt, response_outcome(std::move(body), form.content_type, form.streamed));
  } else {
    exchange->respond(settlement == InvocationBook::Settlement::timed_out ? replies::invoke_timeout()
                                                                          : replies::invalid_request_id());
  }
  slot_freed();
}

void InvocationDesk::handle_error(http::ExchangePtr exchange, const std::string& request_id) {
  const auto result = book_.begin_answer(request_id, InvocationBook::Answer::error, echoed_nonce(*exchange));
  if (!admitted(exchange, result)) return;

  const auto& headers = exchange->head().headers;
  ReportedError reported{.exchange = exchange,
                         .type = error_type::validated(headers.get(error_type_header)),
                         .content_type = std::string(headers.get("Content-Type")),
                         .body = {}};
  answering_[result.attempt].error = exchange;
  exchange->read_body(max_error_bytes, guarded([this, attempt = result.attempt,
                                                reported = std::move(reported)](http::Body body) mutable {
                        on_error_body(attempt, std::move(reported), std::move(body));
                      }));
}

void InvocationDesk::on_error_body(Attempt attempt, ReportedError reported, http::Body body) {
  const auto found = answering_.find(attempt);
  if (found == answering_.end()) return;  // aborted meanwhile
  auto& answering = found->second;
  answering.error.reset();
  const bool response_uploads = answering.response != nullptr;
  if (body.end != http::BodyEnd::complete) {
    // The invocation stays open: the runtime can send a shorter error.
    book_.reopen_error(attempt);
    if (!response_uploads) answering_.erase(attempt);
    reported.exchange->respond(body.end == http::BodyEnd::too_large ? replies::too_large(max_error_bytes)
                                                                    : replies::truncated());
    return;
  }
  reported.body = std::move(body.data);
  if (response_uploads) {
    answering.reported = std::move(reported);
    return;
  }
  answering_.erase(attempt);
  settle_with_error(attempt, std::move(reported));
}

void InvocationDesk::settle_with_error(Attempt attempt, ReportedError reported) {
  switch (book_.settle(attempt)) {
    case InvocationBook::Settlement::settled:
      reported.exchange->respond(replies::accepted());
      finish(attempt, {.kind = Outcome::Kind::function_error,
                       .error_type = std::move(reported.type),
                       .content_type = std::move(reported.content_type),
                       .body = std::move(reported.body)});
      break;
    case InvocationBook::Settlement::timed_out: reported.exchange->respond(replies::invoke_timeout()); break;
    case InvocationBook::Settlement::gone: reported.exchange->respond(replies::invalid_request_id()); return;
  }
  slot_freed();
}

void InvocationDesk::slot_freed() {
  serve_waiting();
  events_.on_slot_free();
}

void InvocationDesk::add_to(EnvironmentStats& stats) const {
  stats.in_flight = static_cast<unsigned>(book_.in_flight());
  stats.peak_in_flight = peak_in_flight_;
  stats.idle_polls = static_cast<unsigned>(book_.idle_polls());
  stats.invocations = invocations_;
}

}  // namespace lmi::emulator::environment
