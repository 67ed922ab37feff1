#include "invoke/slot_machine.hpp"

#include "core/backoff.hpp"
#include "wire/chunks.hpp"
#include "wire/error_report.hpp"

#include <utility>

namespace lmi::invoke {
namespace {

constexpr std::size_t error_that_must_fit = 64 * 1024;  // the platform's limit is 1 MiB
constexpr std::size_t kept_memory = 256 * 1024;         // times the slots: what idle slots may hold on to
constexpr unsigned answer_connect_attempts = 3;

constexpr Action connect_now{Step::connect};
constexpr Action send_now{Step::send};
constexpr Action receive_now{Step::receive};
constexpr Action dispatch_now{Step::dispatch};
constexpr Action written_now{Step::written};

void clear_text(std::string& text) {
  text.clear();
  if (text.capacity() > kept_memory) std::string{}.swap(text);
}

bool is_success(int status) {
  return status >= 200 && status < 300;
}

}  // namespace

SlotMachine::SlotMachine(SlotPolicy policy, const wire::RequestWriter& writer, core::RequestLogger& log,
                         InFlightEntry& in_flight)
    : policy_{policy}, writer_{writer}, log_{log}, in_flight_{in_flight}, parser_{in_flight.arrival()} {}

Action SlotMachine::start() {
  return begin_poll();
}

std::string_view SlotMachine::request_body() const noexcept {
  switch (exchange_) {
    case Exchange::response: return outcome_.answer.data;
    case Exchange::error: return error_body_;
    case Exchange::stream: return piece_;
    case Exchange::stream_end:
    case Exchange::poll:
    case Exchange::none_while_handling: break;
  }
  return {};
}

std::string_view SlotMachine::request_tail() const noexcept {
  return exchange_ == Exchange::stream && !piece_.empty() ? wire::chunk_end : std::string_view{};
}

wire::AnswerAddress SlotMachine::address() const noexcept {
  return {.request_id = event_.request_id, .invocation_id = event_.invocation_id};
}

Action SlotMachine::begin_poll() {
  log_.unbind();
  forget_event();
  event_.clear();
  clear_text(outcome_.answer.data);
  clear_text(error_body_);
  outcome_.answer.content_type.clear();
  outcome_.error.reset();
  outcome_.streamed = false;
  outcome_.stream_started = false;
  stream_opened_ = false;
  stream_failure_.clear();
  outcome_.verbatim.reset();
  exchange_ = Exchange::poll;
  writer_.next(head_);
  return begin_exchange();
}

Action SlotMachine::begin_exchange() {
  if (stopping_ && exchange_ == Exchange::poll) return finish_with(StopReason::shutdown);
  return connected_ ? send_now : connect_now;
}

Action SlotMachine::finish_with(StopReason reason) {
  stop_reason_ = reason;
  connected_ = false;
  forget_event();  // a refused answer is no reason for whoever watches the table to give another
  return {Step::stop};
}

Action SlotMachine::connected() {
  connected_ = true;
  fresh_ = true;
  answer_failures_ = 0;
  return begin_exchange();
}

Action SlotMachine::connect_failed(const std::error_code& failure) {
  connected_ = false;
  if (exchange_ == Exchange::poll) return poll_failed("cannot connect: " + failure.message());
  // Nothing of the answer has left yet, so trying again cannot post it twice.
  if (++answer_failures_ < answer_connect_attempts) return {Step::wait, *core::retry_delay(answer_failures_)};
  answer_failures_ = 0;
  if (exchange_ == Exchange::stream) {
    stream_failure_ = failure;
    return written_now;
  }
  log_.error("runtime.answer_lost reason=\"cannot connect: {}\"", failure.message());
  return answer_done();
}

Action SlotMachine::sent() {
  if (exchange_ == Exchange::stream) {
    stream_opened_ = true;
    return written_now;
  }
  send_problem_.clear();
  parser_.start();
  return receive_now;
}

Action SlotMachine::send_failed(const std::error_code& failure) {
  if (exchange_ == Exchange::stream) {
    stream_opened_ = true;  // perhaps: nobody knows how much of it has left
    stream_failure_ = failure;
    return written_now;
  }
  // A server that refuses a large body answers and closes while the body is still being written: the answer,
  // not the failed write, says what happened.
  send_problem_ = failure.message();
  parser_.start();
  return receive_now;
}

Action SlotMachine::received(std::size_t bytes) {
  switch (parser_.received(bytes)) {
    case wire::ReplyParser::State::incomplete: note_event(); return receive_now;
    case wire::ReplyParser::State::complete: return reply_complete();
    case wire::ReplyParser::State::malformed: break;
  }
  return connection_lost(parser_.problem());
}

/// The header of an event is there: whatever becomes of its body, this process is to answer it.
void SlotMachine::note_event() noexcept {
  if (exchange_ != Exchange::poll || in_flight_.active() || !parser_.header_complete()) return;
  const auto& reply = parser_.reply();
  if (reply.status == 200 && !reply.request_id.empty())
    in_flight_.begin(reply.request_id, reply.invocation_id);
}

void SlotMachine::forget_event() noexcept {
  parser_.wipe();
  in_flight_.end();
}

Action SlotMachine::closed(const std::error_code& failure) {
  if (!failure && parser_.closed() == wire::ReplyParser::State::complete) return reply_complete();
  return connection_lost(failure ? failure.message() : parser_.problem());
}

Action SlotMachine::connection_lost(std::string_view reason) {
  connected_ = false;
  if (exchange_ == Exchange::poll) {
    forget_event();
    if (stopping_) return finish_with(StopReason::shutdown);
    // A server may close a connection it has kept idle just as the poll goes out: not a failure, and a poll
    // can be sent again. On a fresh connection it is one.
    if (!std::exchange(fresh_, true) && !parser_.started()) return connect_now;
    return poll_failed(send_problem_.empty() ? reason : std::string_view{send_problem_});
  }
  // Not sent again: the platform may have taken it, and a second answer to a finished invocation is an error.
  log_.warn("runtime.answer_unconfirmed reason=\"{}\"", send_problem_.empty() ? reason : send_problem_);
  return answer_done();
}

Action SlotMachine::poll_failed(std::string_view reason) {
  if (stopping_) return finish_with(StopReason::shutdown);
  const auto delay = core::retry_delay(++poll_failures_);
  if (!delay) {
    log_.critical("runtime.api_gone failures={} reason=\"{}\"", poll_failures_, reason);
    return finish_with(StopReason::api_gone);
  }
  log_.warn("runtime.poll_failed failures={} retry_in_ms={} reason=\"{}\"", poll_failures_, delay->count(),
            reason);
  return {Step::wait, *delay};
}

Action SlotMachine::waited() {
  return begin_exchange();
}

Action SlotMachine::reply_complete() {
  fresh_ = false;
  // A streamed answer's connection is closed after it: so the contract has it.
  connected_ = parser_.reply().keep_alive && send_problem_.empty() && exchange_ != Exchange::stream_end;
  return exchange_ == Exchange::poll ? poll_replied() : answer_replied();
}

Action SlotMachine::poll_replied() {
  const auto& reply = parser_.reply();
  if (reply.status != 200) return poll_failed("status " + std::to_string(reply.status));
  if (reply.request_id.empty()) return poll_failed("no Lambda-Runtime-Aws-Request-Id in the reply");
  poll_failures_ = 0;
  exchange_ = Exchange::none_while_handling;
  std::swap(event_, parser_.reply());
  in_flight_.begin(event_.request_id, event_.invocation_id);
  log_.bind({.request_id = event_.request_id, .trace_id = event_.trace_id, .tenant_id = event_.tenant_id});
  return dispatch_now;
}

Action SlotMachine::write(std::string_view piece) {
  if (stream_failure_) return written_now;
  head_.clear();
  if (exchange_ != Exchange::stream) begin_stream();
  if (!piece.empty()) wire::append_chunk_start(piece.size(), head_);
  piece_ = piece;
  if (head_.empty()) return written_now;  // an empty piece of a stream whose head has left
  return begin_exchange();
}

void SlotMachine::begin_stream() {
  exchange_ = Exchange::stream;
  send_problem_.clear();
  writer_.streamed_response(address(), outcome_.answer.content_type, head_);
}

void SlotMachine::stream_interrupted() noexcept {
  if (!stream_failure_) stream_failure_ = std::make_error_code(std::errc::connection_aborted);
}

Action SlotMachine::end_stream() {
  if (exchange_ == Exchange::stream && stream_failure_) return cut_stream();
  head_.clear();
  if (exchange_ != Exchange::stream) begin_stream();  // nothing was written: an empty answer
  if (outcome_.error) {
    log_.error("invoke.failed type={} message=\"{}\" streamed=true",
               wire::function_error_type(outcome_.error->type), outcome_.error->message);
  }
  wire::append_stream_end(outcome_.error ? &*outcome_.error : nullptr, head_);
  exchange_ = Exchange::stream_end;
  return begin_exchange();
}

/// The stream broke before its end. What the platform has to say about it is read, when it can still speak.
Action SlotMachine::cut_stream() {
  if (!stream_opened_) {
    exchange_ = Exchange::none_while_handling;  // nothing has left: an ordinary error may still arrive
    auto error = outcome_.error ? std::move(*outcome_.error)
                                : Error{.type = "StreamClosed", .message = stream_failure_.message()};
    return begin_error(std::move(error));
  }
  log_.warn("runtime.stream_cut reason=\"{}\"", stream_failure_.message());
  const bool nobody_reads = stream_failure_ == std::errc::timed_out;
  if (nobody_reads || !connected_) {
    connected_ = false;
    return answer_done();
  }
  exchange_ = Exchange::stream_end;
  send_problem_ = stream_failure_.message();
  parser_.start();
  return receive_now;
}

Action SlotMachine::answered() {
  if (exchange_ == Exchange::stream || (outcome_.streamed && !outcome_.error)) return end_stream();
  if (outcome_.error) return begin_error(std::move(*outcome_.error));
  const auto size = outcome_.answer.data.size();
  if (size > largest_response) {
    return begin_error({.type = "ResponseSizeTooLarge",
                        .message = "Response payload size (" + std::to_string(size) +
                                   " bytes) exceeded maximum allowed payload size (" +
                                   std::to_string(largest_response) + " bytes)."});
  }
  exchange_ = Exchange::response;
  writer_.response(address(), outcome_.answer.content_type, size, head_);
  return begin_exchange();
}

Action SlotMachine::begin_error(Error error) {
  const auto type = wire::function_error_type(error.type);
  log_.error("invoke.failed type={} message=\"{}\"", type, error.message);
  exchange_ = Exchange::error;
  error_cut_ = false;
  if (auto verbatim = std::exchange(outcome_.verbatim, std::nullopt)) {
    error_body_ = std::move(verbatim->body.data);
    writer_.verbatim_error(address(), type, verbatim->body.content_type, verbatim->xray_cause,
                           error_body_.size(), head_);
  } else {
    error_body_ = wire::error_body(error);
    writer_.error(address(), type, error_body_.size(), head_);
  }
  outcome_.error = std::move(error);
  return begin_exchange();
}

Action SlotMachine::answer_replied() {
  const auto status = parser_.reply().status;
  if (is_success(status)) return answer_done();
  if (status == 413 && exchange_ == Exchange::error && !std::exchange(error_cut_, true)) {
    // The invocation is still open: without an answer its caller would wait for the time-out.
    log_.warn("runtime.error_cut bytes={}", error_body_.size());
    error_body_ = wire::error_body(*outcome_.error, error_that_must_fit);
    writer_.error(address(), wire::function_error_type(outcome_.error->type), error_body_.size(), head_);
    return begin_exchange();
  }
  log_refusal(status);
  if (status == 500 && policy_.exit_on_platform_error) return finish_with(StopReason::platform_error);
  return answer_done();
}

void SlotMachine::log_refusal(int status) {
  const auto* what = exchange_ == Exchange::error ? "error" : "response";
  if (status == 410) {
    // The platform gave this caller its time-out answer already.
    log_.info("runtime.answer_late kind={} status=410", what);
  } else if (status >= 500) {
    log_.error("runtime.answer_refused kind={} status={} reply=\"{}\"", what, status, parser_.reply().body);
  } else {
    log_.warn("runtime.answer_refused kind={} status={} reply=\"{}\"", what, status, parser_.reply().body);
  }
}

Action SlotMachine::answer_done() {
  return begin_poll();
}

}  // namespace lmi::invoke
