#include "http/session_exchange.hpp"

#include <utility>

namespace lmi::emulator::http {

Session::ResponseWriter::~ResponseWriter() {
  if (const auto session = std::exchange(session_, nullptr)) {
    session->writer_ = nullptr;
    session->close();
  }
}

void Session::ResponseWriter::write(std::string bytes, More more) {
  if (session_) return session_->write_piece(bytes, std::move(more));
  if (more) loop_.post(std::move(more));
}

void Session::ResponseWriter::finish() {
  if (const auto session = std::exchange(session_, nullptr)) {
    session->writer_ = nullptr;
    session->finish_response();
  }
}

void Session::RequestExchange::read_body(std::size_t limit, std::function<void(Body)> done) {
  read_body_in_pieces(limit, nullptr, std::move(done));
}

void Session::RequestExchange::read_body_in_pieces(std::size_t limit, Piece piece,
                                                   std::function<void(Body)> done) {
  if (session_) return session_->read_body(limit, std::move(piece), std::move(done));
  loop_.post(
      [done = std::move(done)] { done(Body{.end = BodyEnd::disconnected, .data = {}, .trailers = {}}); });
}

void Session::RequestExchange::respond(Response response) {
  if (const auto session = std::exchange(session_, nullptr)) session->respond(std::move(response));
}

std::unique_ptr<BodyWriter> Session::RequestExchange::begin_response(Response head) {
  const auto session = std::exchange(session_, nullptr);
  auto writer = std::make_unique<ResponseWriter>(session, loop_);
  if (session) session->begin_response(head, writer.get());
  return writer;
}

void Session::RequestExchange::drop() {
  if (const auto session = std::exchange(session_, nullptr)) session->close();
}

void Session::RequestExchange::on_disconnect(std::function<void()> gone) {
  if (peer_left_) return loop_.post(std::move(gone));
  gone_ = std::move(gone);
}

void Session::RequestExchange::tell_peer_left() {
  peer_left_ = true;
  if (const auto gone = std::exchange(gone_, nullptr)) gone();
}

// ---- the session's side ----

ExchangePtr Session::make_exchange() {
  Head head = parser_.take_head();
  method_ = head.method;
  auto exchange = std::make_shared<RequestExchange>(shared_from_this(), context_.loop, std::move(head));
  exchange_ = exchange;
  return exchange;
}

void Session::forget_handler() {
  if (const auto exchange = exchange_.lock()) exchange->detach();
  if (writer_ != nullptr) std::exchange(writer_, nullptr)->detach();
}

void Session::tell_peer_left() {
  if (const auto exchange = exchange_.lock()) exchange->tell_peer_left();
}

}  // namespace lmi::emulator::http
