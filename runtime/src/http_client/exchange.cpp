#include "http_client/exchange.hpp"

#include <utility>

namespace lmi::http_client {
namespace {

/// With TLS, a body up to this size goes into one record with the head: one write. OpenSSL's records hold 16
/// KiB.
constexpr std::size_t joined_bytes = 16 * 1024;

}  // namespace

Exchange::Exchange(Connection& connection, std::string head, std::string_view body, const Rules& rules)
    : connection_{connection},
      head_{std::move(head)},
      body_{body},
      reader_{rules.max_body_bytes, rules.no_reply_body},
      asking_{rules.ask_first} {
  if (connection_.tls() != nullptr && !asking_ && head_.size() + body_.size() <= joined_bytes) {
    head_.append(std::exchange(body_, {}));
  }
}

HttpPhase Exchange::phase() const noexcept {
  if (reader_.started()) return HttpPhase::receiving;
  return all_sent() || refused_ ? HttpPhase::first_byte : HttpPhase::sending;
}

IoStatus Exchange::advance() {
  for (;;) {
    const bool hold = asking_ && written_ >= head_.size();
    const bool sending = !all_sent() && !refused_ && !hold;
    const auto status = sending ? send() : receive();
    if (status != IoStatus::closed) return status;  // closed: of no meaning to the caller; here, "go on"
  }
}

IoStatus Exchange::send() {
  const std::size_t head_left = written_ < head_.size() ? head_.size() - written_ : 0;
  const auto head = std::string_view{head_}.substr(head_.size() - head_left);
  const auto body = asking_ ? std::string_view{} : body_.substr(head_left > 0 ? 0 : written_ - head_.size());
  const auto [status, bytes] = connection_.write(head, body);
  if (status == IoStatus::want_read || status == IoStatus::want_write) return status;
  if (status == IoStatus::done) {
    written_ += bytes;
    sent_ = true;
  } else {
    // The peer may have answered and closed before it read everything: its reply may still be here.
    refused_ = true;
    problem_ = connection_.problem();
  }
  return IoStatus::closed;
}

IoStatus Exchange::receive() {
  const auto [status, bytes] = connection_.read(reader_.space());
  if (status == IoStatus::want_read || status == IoStatus::want_write) {
    return refused_ && status == IoStatus::want_read && !reader_.started()
               ? fail(HttpErrc::connection_lost, problem_)
               : status;
  }
  if (status == IoStatus::failed) {
    return fail(HttpErrc::connection_lost, problem_.empty() ? connection_.problem() : problem_);
  }
  if (status == IoStatus::closed && !reader_.started()) {
    return fail(HttpErrc::connection_lost, "the peer closed the connection instead of a reply");
  }
  switch (status == IoStatus::closed ? reader_.closed() : reader_.received(bytes)) {
    case ReplyReader::State::incomplete: return IoStatus::closed;
    case ReplyReader::State::go_on: asking_ = false; return IoStatus::closed;
    case ReplyReader::State::complete: complete_ = true; return IoStatus::done;
    case ReplyReader::State::too_large: return fail(HttpErrc::too_large, reader_.problem());
    case ReplyReader::State::malformed: break;
  }
  const bool cut_short = status == IoStatus::closed;
  return fail(cut_short ? HttpErrc::connection_lost : HttpErrc::protocol_error, reader_.problem());
}

IoStatus Exchange::fail(HttpErrc code, std::string problem) {
  error_ = code;
  problem_ = std::move(problem);
  return IoStatus::failed;
}

}  // namespace lmi::http_client
