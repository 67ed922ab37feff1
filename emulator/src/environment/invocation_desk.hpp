#pragma once

#include "environment/call_ending.hpp"
#include "environment/environment.hpp"
#include "environment/invocation_book.hpp"
#include "environment/platform_log.hpp"
#include "http/exchange.hpp"
#include "loop/loop.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lmi::emulator::environment {

/// Brings callers and runtime together: holds the polls, hands invocations out, takes answers, watches
/// timeouts. What is allowed is the book's decision; this is the part with exchanges and time.
///
/// Threads:  loop thread only.
/// Lifetime: loop, spec and log outlive it. Destroyed, it tells nobody anything.
class InvocationDesk {
 public:
  struct Events {
    std::function<void()> on_first_poll;                        ///< From inside handle_next().
    std::function<void()> on_slot_free;                         ///< From inside.
    std::function<void()> on_all_answered;                      ///< From inside: no caller waits any more.
    std::function<void(const Invocation&)> on_dispatched = {};  ///< From inside, first of all.
    std::function<void()> on_poll = {};                         ///< From inside: the runtime has no work.
    /// From inside: takes over to report the call and to tell its caller. Absent: the desk does.
    std::function<void(EndedCall)> on_ended = {};
  };

  InvocationDesk(Loop& loop, const EnvironmentSpec& spec, PlatformLog& log, Events events);

  // ---- callers ----
  using Done = std::function<void(Outcome)>;
  /// Before open(): waits for it. `done` is posted.
  void invoke(Invocation invocation, Done done);
  /// Initialisation is over.
  void open();
  /// From now on invoke() refuses with `error_type`.
  void close(std::string error_type);
  /// Ends every call: those that reached the function with `error_type` as its failure, those that wait as
  /// refused or, with `waiting_failed`, as failed too. Drops all polls and answers under way. Call close()
  /// first. `message`: of the failure, may be empty.
  void abort(const std::string& error_type, bool waiting_failed, const std::string& message = {});

  // ---- runtime ----
  void handle_next(http::ExchangePtr exchange);
  void handle_response(http::ExchangePtr exchange, const std::string& request_id);
  void handle_error(http::ExchangePtr exchange, const std::string& request_id);

  /// No call is here and the runtime asks for one.
  bool is_idle() const noexcept {
    return !anyone_waits() && book_.in_flight() == 0 && book_.idle_polls() > 0;
  }
  bool has_poll() const noexcept { return book_.idle_polls() > 0; }
  bool anyone_waits() const noexcept { return !callers_.empty() || !waiting_.empty(); }
  void add_to(EnvironmentStats& stats) const;

 private:
  /// A caller whose invocation runs.
  struct Caller {
    std::string request_id;
    Done done;
    std::shared_ptr<http::BodySink> sink;  // shared with whoever invoked; null: wants the answer whole
    std::string trace_id;
    Clock::time_point started;
    std::optional<Clock::time_point> answer_began;
    bool wants_log_tail = false;
    Loop::Timer timeout;
  };
  /// A caller whose invocation waits for initialisation or for a poll that is about to come.
  struct Waiting {
    Invocation invocation;
    Done done;
    Loop::Timer patience;
  };
  /// What the runtime reported by /error.
  struct ReportedError {
    http::ExchangePtr exchange;
    std::string type;
    std::string content_type;
    std::string body;
  };
  /// The exchanges of one attempt's answer while it arrives.
  struct Answering {
    http::ExchangePtr response;
    http::ExchangePtr error;
    std::optional<ReportedError> reported;  // complete, waits for the response's upload to end
    http::More more;  // lets the next piece of a streamed answer in; set while the caller has one
  };

  bool try_dispatch(Invocation& invocation, Done& done);
  void deliver(InvocationBook::Assignment assignment, Invocation& invocation, std::string nonce, Done& done);
  void wait_for_poll(Invocation invocation, Done done);
  void serve_waiting();
  void refuse(const Done& done, const char* error_type);
  void lose_patience();
  void on_timeout(Attempt attempt);

  bool admitted(const http::ExchangePtr& exchange, const InvocationBook::Admitted& result);
  void read_response(Attempt attempt, const http::ExchangePtr& exchange, bool streamed);
  void on_piece(Attempt attempt, std::string bytes, http::More more);
  void let_next_piece_in(Attempt attempt);
  /// What of the answer is known from its head, and how it is read.
  struct AnswerForm {
    std::string content_type;
    bool streamed = false;
    std::size_t limit = 0;
  };
  void on_response_body(Attempt attempt, const AnswerForm& form, http::Body body);
  void on_error_body(Attempt attempt, ReportedError reported, http::Body body);
  void settle_with_error(Attempt attempt, ReportedError reported);
  void finish(Attempt attempt, Outcome outcome);
  void end(Caller caller, std::string_view status, Outcome outcome);
  void tell(const Done& done, Outcome outcome);
  void slot_freed();
  template <class F>
  auto guarded(F task) const;

  Loop& loop_;
  const EnvironmentSpec& spec_;
  PlatformLog& log_;
  Events events_;
  InvocationBook book_;
  bool open_ = false;
  std::string closed_with_;  // the error type of refusals once close() was called
  bool polled_ = false;
  PollId last_poll_ = 0;
  std::unordered_map<PollId, http::ExchangePtr> polls_;
  std::unordered_map<Attempt, Caller> callers_;
  std::unordered_map<Attempt, Answering> answering_;
  std::deque<Waiting> waiting_;
  unsigned peak_in_flight_ = 0;
  std::uint64_t invocations_ = 0;
  std::shared_ptr<const bool> alive_ =
      std::make_shared<bool>(true);  // watched by callbacks that may come late
};

}  // namespace lmi::emulator::environment
