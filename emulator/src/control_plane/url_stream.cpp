#include "control_plane/url_stream.hpp"

#include <utility>

namespace lmi::emulator::control_plane {

void UrlStream::begin(const std::string& content_type) {
  if (content_type == http_integration_type) {
    state_ = State::in_prelude;
    return;
  }
  http::Response head;
  head.headers.add("Content-Type", content_type);
  open(std::move(head));
}

void UrlStream::open(http::Response head) {
  state_ = State::open;
  writer_ = caller_.begin_response(std::move(head));
}

void UrlStream::piece(std::string bytes, http::More more) {
  switch (state_) {
    case State::open: return writer_->write(std::move(bytes), std::move(more));
    case State::in_prelude: return read_prelude(bytes, std::move(more));
    case State::waiting:
    case State::answered: return more();
  }
}

void UrlStream::read_prelude(const std::string& bytes, http::More more) {
  switch (prelude_.feed(bytes)) {
    case PreludeReader::State::incomplete: return more();
    case PreludeReader::State::malformed:
      state_ = State::answered;
      caller_.respond(bad_gateway());
      return more();
    case PreludeReader::State::complete: break;
  }
  http::Response head = prelude_.take();
  std::string body = std::exchange(head.body, {});
  open(std::move(head));
  writer_->write(std::move(body), std::move(more));
}

void UrlStream::end(const InvokeReply& reply) {
  if (reply.kind != InvokeReply::Kind::success) {
    if (state_ == State::waiting || state_ == State::in_prelude) caller_.fail(about_, reply);
    writer_.reset();  // breaks the response off if it has begun
    return;
  }
  if (state_ == State::waiting) {  // not streamed
    begin(reply.content_type.empty() ? "application/json" : reply.content_type);
    piece(reply.body, [] {});
  }
  if (state_ == State::in_prelude) return caller_.respond(bad_gateway());
  if (state_ == State::open) writer_->finish();
}

}  // namespace lmi::emulator::control_plane
