#pragma once

#include "core/logging.hpp"
#include "invoke/in_flight.hpp"
#include "lmi/detail/handler.hpp"
#include "wire/reply.hpp"
#include "wire/requests.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace lmi::invoke {

/// What a slot has to do next. Exactly one event of SlotMachine answers each.
enum class Step {
  connect,   ///< Close what is open, connect; then connected() or connect_failed().
  send,      ///< Write request_head(), _body() and _tail() as one message; then sent() or send_failed().
  receive,   ///< Wait, without limit, for bytes in receive_space(); then received() or closed().
  dispatch,  ///< Run the handler on event(), fill outcome(); then answered(). A streaming one: write() first.
  written,   ///< The piece given to write() has left, or stream_failure() says why not: the handler goes on.
  wait,      ///< Let `delay` pass, less when stopping; then waited().
  stop,      ///< Nothing more: the slot is finished, stop_reason() says why.
};

struct Action {
  Step step;
  std::chrono::milliseconds delay{0};
};

enum class StopReason {
  none,            ///< Not stopped.
  shutdown,        ///< stop() was called.
  api_gone,        ///< The Runtime API did not serve a poll for too long.
  platform_error,  ///< It answered 500 to an answer, and policy says to leave.
  overruns,        ///< Too many handlers hold their slots beyond their deadlines. Never from SlotMachine.
  internal_error,  ///< The slot's own thread failed, e.g. no memory for an event. Never from SlotMachine.
};

struct SlotPolicy {
  bool exit_on_platform_error = false;
};

/// Everything a slot decides, and nothing it does: poll → handler → answer → poll, with what to make of each
/// status, lost connection and failed send. Sans I/O: a driver performs each Action and reports the event.
///
/// Threads: one at a time. The log may be used by the handler from elsewhere between dispatch and answered().
class SlotMachine {
 public:
  /// The largest answer the platform takes.
  static constexpr std::size_t largest_response = 6 * 1024 * 1024 + 100;

  /// All but the policy must outlive the machine. It binds `log` to each invocation it works for, receives
  /// into `in_flight`, and notes the invocation there from its header's arrival until its answer is through.
  SlotMachine(SlotPolicy policy, const wire::RequestWriter& writer, core::RequestLogger& log,
              InFlightEntry& in_flight);

  Action start();
  Action connected();
  Action connect_failed(const std::error_code& failure);
  Action sent();
  Action send_failed(const std::error_code& failure);
  Action received(std::size_t bytes);
  /// The peer closed (no failure), or reading failed.
  Action closed(const std::error_code& failure);
  /// The handler has a piece of its streamed answer, which must stay as it is until Step::written.
  Action write(std::string_view piece);
  Action answered();
  Action waited();

  /// No further polls: takes effect with the next event. An invocation under way is finished and answered
  /// first.
  void stop() noexcept { stopping_ = true; }

  /// The connection is of no more use although no event said so, e.g. shut down to interrupt the poll.
  void connection_spent() noexcept { connected_ = false; }

  /// The peer has answered, or closed, in the middle of a stream: nothing more of it will be taken.
  void stream_interrupted() noexcept;

  [[nodiscard]] std::string_view request_head() const noexcept { return head_; }
  [[nodiscard]] std::string_view request_body() const noexcept;
  [[nodiscard]] std::string_view request_tail() const noexcept;
  [[nodiscard]] std::span<char> receive_space() { return parser_.space(); }

  /// The invocation under way: headers and event. Valid from dispatch to answered().
  [[nodiscard]] const wire::Reply& event() const noexcept { return event_; }
  [[nodiscard]] detail::Outcome& outcome() noexcept { return outcome_; }

  /// From the start of a poll until its event is there.
  [[nodiscard]] bool polling() const noexcept { return exchange_ == Exchange::poll; }
  /// Whether any byte of the reply that is waited for has arrived.
  [[nodiscard]] bool reply_started() const noexcept { return parser_.started(); }
  /// From the first write() to answered().
  [[nodiscard]] bool streaming() const noexcept { return exchange_ == Exchange::stream; }
  /// Why the stream takes no more; no error while it does.
  [[nodiscard]] const std::error_code& stream_failure() const noexcept { return stream_failure_; }
  [[nodiscard]] StopReason stop_reason() const noexcept { return stop_reason_; }

 private:
  /// What is under way with the Runtime API.
  enum class Exchange { poll, none_while_handling, stream, stream_end, response, error };

  Action begin_poll();
  Action begin_exchange();
  void note_event() noexcept;
  void forget_event() noexcept;
  Action begin_error(Error error);
  void begin_stream();
  Action end_stream();
  Action cut_stream();
  Action finish_with(StopReason reason);
  Action reply_complete();
  Action poll_replied();
  Action answer_replied();
  Action connection_lost(std::string_view reason);
  Action poll_failed(std::string_view reason);
  Action answer_done();
  void log_refusal(int status);
  [[nodiscard]] wire::AnswerAddress address() const noexcept;

  const SlotPolicy policy_;
  const wire::RequestWriter& writer_;
  core::RequestLogger& log_;
  InFlightEntry& in_flight_;

  wire::ReplyParser parser_;
  wire::Reply event_;
  detail::Outcome outcome_;
  std::string head_;
  std::string error_body_;

  Exchange exchange_ = Exchange::poll;
  bool connected_ = false;
  bool fresh_ = false;          ///< No reply has come over this connection yet.
  bool error_cut_ = false;      ///< The error body has already been cut to what must fit.
  unsigned poll_failures_ = 0;  ///< In a row.
  unsigned answer_failures_ = 0;
  std::string send_problem_;  ///< Why the request could not be sent in full; empty when it could.

  std::string_view piece_;          ///< Of the stream, being sent.
  bool stream_opened_ = false;      ///< Something of the stream has left.
  std::error_code stream_failure_;  ///< Why it takes no more.

  bool stopping_ = false;
  StopReason stop_reason_ = StopReason::none;
};

}  // namespace lmi::invoke
