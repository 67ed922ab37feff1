#pragma once

#include "http/session.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace lmi::emulator::http {

/// The handler's side of a response that is streamed. Cut off when the session ends first.
class Session::ResponseWriter final : public BodyWriter {
 public:
  /// `session` is null when the peer was gone before the response began.
  ResponseWriter(std::shared_ptr<Session> session, Loop& loop) : session_{std::move(session)}, loop_{loop} {}
  ~ResponseWriter() override;
  ResponseWriter(const ResponseWriter&) = delete;
  ResponseWriter& operator=(const ResponseWriter&) = delete;

  void write(std::string bytes, More more) override;
  void finish() override;

  void detach() { session_.reset(); }

 private:
  std::shared_ptr<Session> session_;  // shared with the server; let go of when finished
  Loop& loop_;
};

/// The handler's side of one request. Cut off when the session ends first. Thrown away without an answer, it
/// closes the connection, so that the peer does not wait for ever.
class Session::RequestExchange final : public Exchange {
 public:
  RequestExchange(std::shared_ptr<Session> session, Loop& loop, Head head)
      : session_{std::move(session)}, loop_{loop}, head_{std::move(head)} {}
  ~RequestExchange() override { drop(); }
  RequestExchange(const RequestExchange&) = delete;
  RequestExchange& operator=(const RequestExchange&) = delete;

  const Head& head() const noexcept override { return head_; }
  void read_body(std::size_t limit, std::function<void(Body)> done) override;
  void read_body_in_pieces(std::size_t limit, Piece piece, std::function<void(Body)> done) override;
  void respond(Response response) override;
  std::unique_ptr<BodyWriter> begin_response(Response head) override;
  void drop() override;
  void on_disconnect(std::function<void()> gone) override;

  void tell_peer_left();
  void detach() { session_.reset(); }

 private:
  std::shared_ptr<Session> session_;  // shared with the server; let go of when answered
  Loop& loop_;
  Head head_;
  std::function<void()> gone_;
  bool peer_left_ = false;
};

}  // namespace lmi::emulator::http
