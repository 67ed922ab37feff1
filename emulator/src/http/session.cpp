#include "http/session.hpp"

#include "http/response_text.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

namespace lmi::emulator::http {
namespace {

constexpr std::size_t read_size = 4 * 1024;
constexpr std::size_t body_read_size = 256 * 1024;

Response error_response(unsigned status, const std::string& type, const std::string& reason) {
  // `reason` is one of our own texts or Beast's: neither holds a quote or anything the peer sent.
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}},
          .body = R"({"errorMessage":")" + reason + R"(","errorType":")" + type + "\"}\n"};
}

}  // namespace

Session::~Session() {
  if (stream_) stream_->close();
}

void Session::start(std::shared_ptr<ByteStream> stream) {
  stream_ = std::move(stream);
  set_deadline(context_.limits.idle_timeout);
  keep_reading();
}

void Session::finish() {
  finishing_ = true;
  if (phase_ == Phase::receiving && !parser_.started()) close();
}

void Session::abort() {
  context_.ended = nullptr;
  close();
}

void Session::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  forget_handler();
  body_done_ = nullptr;
  on_piece_ = nullptr;
  if (outgoing_) {
    for (More& more : outgoing_->give_up()) context_.loop.post(std::move(more));
  }
  alarm_.cancel();
  stream_->close();
  if (const auto ended = std::exchange(context_.ended, nullptr)) ended(*this);
}

// ---- events of the stream ----

void Session::on_read(std::size_t bytes) {
  const auto self = shared_from_this();
  reading_ = false;
  if (phase_ == Phase::lingering) {
    lingered_ += bytes;
    if (lingered_ > context_.limits.linger_bytes) return close();
    return keep_reading();
  }
  end_ += bytes;
  if (phase_ == Phase::waiting && body_done_) set_deadline(context_.limits.idle_timeout);
  process();
}

void Session::on_end_of_stream() {
  const auto self = shared_from_this();
  reading_ = false;
  end_of_stream_ = true;
  if (phase_ == Phase::lingering) return close();
  process();
  // Most who close after a whole request are gone; one who closed only its sending side still gets the
  // answer, if the handler gives one all the same.
  if (phase_ == Phase::waiting && !body_cut_short_) tell_peer_left();
}

void Session::on_broken() {
  const auto self = shared_from_this();
  lose_peer();
}

void Session::lose_peer() {
  const bool unanswered = phase_ == Phase::waiting;
  const auto body_done = std::exchange(body_done_, nullptr);
  close();
  if (!unanswered) return;
  if (body_done) body_done(Body{.end = BodyEnd::disconnected, .data = {}, .trailers = {}});
  tell_peer_left();
}

void Session::on_written() {
  const auto self = shared_from_this();
  writing_ = false;
  if (phase_ == Phase::waiting) return;  // it was "100 Continue"
  if (phase_ == Phase::streaming) {
    for (const More& more : outgoing_->written()) more();
    return flush_response();
  }
  if (held_) {
    auto [head, body] = *std::exchange(held_, std::nullopt);
    return start_write(std::move(head), std::move(body));
  }
  close_after_write_ ? linger() : next_request();
}

// ---- bytes to requests ----

void Session::process() {
  if (processing_) return;  // a handler that answers at once comes back here
  processing_ = true;
  while (parse_step()) {
  }
  processing_ = false;
  keep_reading();
}

bool Session::parse_step() {
  const bool wanted = phase_ == Phase::receiving || (phase_ == Phase::waiting && body_done_ && !piece_out_);
  if (!wanted) return false;

  const auto progress = parser_.feed({buffer_.data() + begin_, end_ - begin_});
  begin_ += progress.consumed;
  const bool sound =
      progress.status == RequestParser::Status::need_more || progress.status == RequestParser::Status::done;
  if (sound && on_piece_ && parser_.holds_body_bytes()) {
    hand_over_piece();  // the same status comes again after it
    return true;
  }
  switch (progress.status) {
    case RequestParser::Status::head_done: hand_over_request(); return true;
    case RequestParser::Status::done: finish_body(BodyEnd::complete); return true;
    case RequestParser::Status::body_limit_hit: finish_body(BodyEnd::too_large); return true;
    case RequestParser::Status::need_more: stop_at_need_more(); return false;
    case RequestParser::Status::bad_request:
    case RequestParser::Status::head_too_large: stop_at_bad_bytes(progress.status); return false;
  }
  return false;
}

void Session::stop_at_need_more() {
  if (phase_ == Phase::waiting) {
    if (end_of_stream_) finish_body(BodyEnd::truncated);
    return;
  }
  if (end_of_stream_ || (finishing_ && !parser_.started() && begin_ == end_)) return close();
  // Armed only when a head arrives in pieces; a head in one read needs no timer.
  if (deadline_ > context_.loop.now() + context_.limits.head_timeout &&
      (parser_.started() || begin_ != end_)) {
    set_deadline(context_.limits.head_timeout);
  }
}

void Session::stop_at_bad_bytes(RequestParser::Status status) {
  unreadable_ = true;
  if (phase_ == Phase::waiting) return finish_body(BodyEnd::truncated);
  if (status == RequestParser::Status::head_too_large) return refuse(431, "request head too large");
  refuse(400, parser_.error());
}

void Session::hand_over_request() {
  phase_ = Phase::waiting;
  deadline_ = Clock::time_point::max();
  body_cut_short_ = false;
  const ExchangePtr exchange = make_exchange();
  const auto handler = context_.handler;
  try {
    (*handler)(exchange);
  } catch (const std::exception&) {
    // A bug in a handler costs its request, not the emulator.
    exchange->respond(error_response(500, "InternalServerError", "Internal Server Error"));
  }
}

void Session::read_body(std::size_t limit, Exchange::Piece piece, std::function<void(Body)> done) {
  body_done_ = std::move(done);
  on_piece_ = std::move(piece);
  set_deadline(context_.limits.idle_timeout);
  parser_.body_limit(limit);
  if (!on_piece_) parser_.reserve_body();
  const bool announced_too_large = parser_.content_length().value_or(0) > limit;
  if (!announced_too_large && parser_.expects_continue() && !parser_.complete() && begin_ == end_) {
    start_write("HTTP/1.1 100 Continue\r\n\r\n", {});
  }
  context_.loop.post([weak = weak_from_this(), announced_too_large] {
    const auto self = weak.lock();
    if (!self || !self->body_done_) return;
    if (announced_too_large) self->finish_body(BodyEnd::too_large);
    self->process();
  });
}

void Session::finish_body(BodyEnd end) {
  deadline_ = Clock::time_point::max();
  body_cut_short_ = end != BodyEnd::complete;
  Body body{.end = end, .data = parser_.take_body(), .trailers = parser_.take_trailers()};
  if (std::exchange(on_piece_, nullptr)) body.data.clear();  // of a body that is broken off
  const auto done = std::exchange(body_done_, nullptr);
  done(std::move(body));
}

void Session::hand_over_piece() {
  piece_out_ = true;
  // Out of the member while it runs: it may end the request, and with it what it captured.
  auto piece = std::exchange(on_piece_, nullptr);
  piece(parser_.take_body(), [weak = weak_from_this(), number = ++last_piece_] {
    if (const auto self = weak.lock()) self->take_more(number);
  });
  if (body_done_) on_piece_ = std::move(piece);
}

void Session::take_more(std::uint64_t piece) {
  if (piece != last_piece_ || !piece_out_) return;
  piece_out_ = false;
  if (phase_ == Phase::waiting) process();
}

// ---- responses ----

/// The request is answered, whatever of it is still to come. Whether the connection can serve another one.
bool Session::give_up_request() {
  body_done_ = nullptr;
  on_piece_ = nullptr;
  piece_out_ = false;
  if (!parser_.complete() && !unreadable_) {
    // What has arrived of an unread body is thrown away; if that is all of it, the connection can be kept.
    parser_.discard_body();
    const auto progress = parser_.feed({buffer_.data() + begin_, end_ - begin_});
    begin_ += progress.consumed;
  }
  return parser_.complete() && parser_.keep_alive() && !body_cut_short_ && !unreadable_ && !finishing_ &&
         !end_of_stream_;
}

void Session::respond(Response response) {
  if (phase_ != Phase::waiting) return;
  const bool keep = give_up_request();
  send(std::move(response), keep);
}

void Session::begin_response(const Response& head, ResponseWriter* writer) {
  const bool keep = give_up_request();
  const bool old_client = parser_.http_1_0();
  const BodyFraming framing = !sends_body(method_, head.status) ? BodyFraming::none
                              : old_client                      ? BodyFraming::until_close
                                                                : BodyFraming::chunked;
  close_after_write_ = !keep || framing == BodyFraming::until_close;
  phase_ = Phase::streaming;
  writer_ = writer;
  outgoing_.emplace(
      framing,
      response_head(head, {.keep_alive = !close_after_write_, .http_1_0 = old_client, .body = framing}));
  flush_response();
}

void Session::write_piece(const std::string& bytes, More more) {
  if (!outgoing_->add(bytes, more)) {
    if (more) context_.loop.post(std::move(more));
    return;
  }
  flush_response();
}

void Session::finish_response() {
  outgoing_->finish();
  // Posted: the next request must not be handled from inside the handler of this one.
  context_.loop.post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->flush_response();
  });
}

void Session::flush_response() {
  if (phase_ != Phase::streaming || writing_) return;
  if (outgoing_->has_next()) {
    set_deadline(context_.limits.idle_timeout);
    return start_write(outgoing_->next(), {});
  }
  deadline_ = Clock::time_point::max();  // the handler may take its time
  if (!outgoing_->ended()) return;
  outgoing_.reset();
  close_after_write_ || finishing_ ? linger() : next_request();
}

void Session::refuse(unsigned status, const std::string& reason) {
  send(error_response(status, "BadRequest", reason), false);
}

void Session::send(Response response, bool keep_alive) {
  phase_ = Phase::writing;
  close_after_write_ = !keep_alive;
  set_deadline(context_.limits.idle_timeout);
  const bool old_client = parser_.head_complete() && parser_.http_1_0();
  std::string head = response_head(response, {.keep_alive = keep_alive, .http_1_0 = old_client});
  if (!sends_body(method_, response.status)) response.body.clear();
  if (writing_) {
    held_.emplace(std::move(head), std::move(response.body));
  } else {
    start_write(std::move(head), std::move(response.body));
  }
}

void Session::start_write(std::string head, std::string body) {
  writing_ = true;
  stream_->write(std::move(head), std::move(body));
}

void Session::next_request() {
  parser_.reset();
  exchange_.reset();
  method_.clear();
  phase_ = Phase::receiving;
  set_deadline(context_.limits.idle_timeout);
  process();
}

void Session::linger() {
  if (end_of_stream_) return close();
  phase_ = Phase::lingering;
  begin_ = end_ = 0;
  stream_->finish_sending();
  set_deadline(context_.limits.linger_timeout);
  keep_reading();
}

// ---- reading ----

void Session::keep_reading() {
  if (phase_ == Phase::closed || reading_ || end_of_stream_ || !make_room()) return;
  reading_ = true;
  stream_->read({buffer_.data() + end_, buffer_.size() - end_});
}

bool Session::make_room() {
  const bool gathering =
      phase_ == Phase::lingering || (phase_ == Phase::waiting && body_done_ && !piece_out_);
  if (phase_ == Phase::lingering) begin_ = end_ = 0;
  const std::size_t held = end_ - begin_;
  if (!gathering && held >= context_.limits.unread_bytes) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, held);
    begin_ = 0;
    end_ = held;
  }
  const std::size_t wanted = end_ + (gathering ? body_read_size : read_size);
  const bool far_too_big = phase_ == Phase::receiving && held == 0 && buffer_.size() > 4 * read_size;
  if (far_too_big) std::vector<char>{}.swap(buffer_);  // thousands of idle polls must not each keep 256 KiB
  if (buffer_.size() < wanted) buffer_.resize(wanted);
  return true;
}

// ---- time ----

void Session::set_deadline(std::chrono::milliseconds from_now) {
  deadline_ = context_.loop.now() + from_now;
  if (alarm_at_ > deadline_) arm_alarm();
}

void Session::arm_alarm() {
  // One timer that looks again when it is early, instead of a new one for every request.
  alarm_at_ = deadline_;
  alarm_ = context_.loop.after(deadline_ - context_.loop.now(), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->on_alarm();
  });
}

void Session::on_alarm() {
  alarm_at_ = Clock::time_point::max();
  if (deadline_ == Clock::time_point::max()) return;
  if (context_.loop.now() < deadline_) return arm_alarm();
  lose_peer();
}

}  // namespace lmi::emulator::http
