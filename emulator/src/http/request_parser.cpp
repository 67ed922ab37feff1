#include "http/request_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <utility>

namespace lmi::emulator::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using boost::optional;
using ErrorCode = beast::error_code;

class RequestParser::Impl final : public wire::basic_parser<true> {
 public:
  Impl() {
    eager(false);  // one step a put(): the session wants to stop between head and body
    header_limit(static_cast<std::uint32_t>(max_head_bytes));
    body_limit(boost::none);  // ours counts what is kept, and can be raised in the middle
  }

  Head head;
  std::string body;
  Headers trailers;
  std::string error;
  std::size_t head_bytes = 0;
  std::size_t limit = 0;
  std::size_t kept = 0;  // body bytes, also those taken out already
  bool discard = false;
  bool in_head = true;
  bool expects_continue = false;
  bool at_limit = false;
  int version = 11;

 private:
  void on_request_impl(wire::verb, beast::string_view method, beast::string_view target, int http_version,
                       ErrorCode&) override {
    head.method.assign(method.data(), method.size());
    head.target.assign(target.data(), target.size());
    version = http_version;
  }

  void on_response_impl(int, beast::string_view, int, ErrorCode&) override {}

  void on_field_impl(wire::field field, beast::string_view name, beast::string_view value,
                     ErrorCode&) override {
    if (in_head && field == wire::field::expect && beast::iequals(value, "100-continue"))
      expects_continue = true;
    Headers& to = in_head ? head.headers : trailers;
    to.add(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  }

  void on_header_impl(ErrorCode&) override { in_head = false; }
  void on_body_init_impl(const optional<std::uint64_t>&, ErrorCode&) override {}

  std::size_t keep(beast::string_view bytes, ErrorCode& ec) {
    if (discard) return bytes.size();
    const std::size_t room = limit > kept ? limit - kept : 0;
    if (room == 0 && !bytes.empty()) {
      at_limit = true;
      ec = wire::error::body_limit;
      return 0;
    }
    const std::size_t taken = std::min(room, bytes.size());
    body.append(bytes.data(), taken);
    kept += taken;
    return taken;
  }

  std::size_t on_body_impl(beast::string_view bytes, ErrorCode& ec) override { return keep(bytes, ec); }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes, ErrorCode& ec) override {
    return keep(bytes, ec);
  }
  void on_finish_impl(ErrorCode&) override {}
};

RequestParser::RequestParser() : impl_{std::make_unique<Impl>()} {}
RequestParser::~RequestParser() = default;

RequestParser::Progress RequestParser::feed(std::string_view bytes) {
  std::size_t consumed = 0;
  for (;;) {
    if (impl_->is_done()) return {Status::done, consumed};
    const bool head_was_done = impl_->is_header_done();
    const auto rest = bytes.substr(consumed);
    if (rest.empty()) return {Status::need_more, consumed};

    ErrorCode error;
    const std::size_t used = impl_->put(asio::const_buffer(rest.data(), rest.size()), error);
    consumed += used;
    if (!head_was_done) impl_->head_bytes += used;

    if (impl_->at_limit) {
      impl_->at_limit = false;
      return {Status::body_limit_hit, consumed};
    }
    if (error == wire::error::header_limit) return {Status::head_too_large, consumed};
    if (error && error != wire::error::need_more) {
      impl_->error = error.message();
      return {Status::bad_request, consumed};
    }
    // Beast limits each contiguous piece; the sum over start line, fields and trailers is ours to watch.
    if (impl_->head_bytes > max_head_bytes) return {Status::head_too_large, consumed};
    if (!head_was_done && impl_->is_header_done()) return {Status::head_done, consumed};
    if (error == wire::error::need_more && used == 0) {
      const bool stuck = rest.size() > max_head_bytes;
      return {stuck ? Status::head_too_large : Status::need_more, consumed};
    }
  }
}

void RequestParser::body_limit(std::size_t bytes) {
  impl_->limit = bytes;
}

void RequestParser::reserve_body() {
  if (const auto length = content_length()) {
    impl_->body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, impl_->limit)));
  }
}

void RequestParser::discard_body() {
  impl_->discard = true;
  std::string{}.swap(impl_->body);
}

bool RequestParser::head_complete() const noexcept {
  return impl_->is_header_done();
}
bool RequestParser::complete() const noexcept {
  return impl_->is_done();
}
bool RequestParser::started() const noexcept {
  return impl_->got_some();
}
bool RequestParser::keep_alive() const {
  return impl_->keep_alive();
}
bool RequestParser::http_1_0() const {
  return impl_->version == 10;
}
bool RequestParser::expects_continue() const {
  return impl_->expects_continue && !http_1_0();
}
bool RequestParser::has_body() const {
  return impl_->chunked() || content_length().value_or(0) > 0;
}

std::optional<std::uint64_t> RequestParser::content_length() const {
  const auto length = impl_->content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

Head RequestParser::take_head() {
  return std::move(impl_->head);
}
bool RequestParser::holds_body_bytes() const noexcept {
  return !impl_->body.empty();
}
std::string RequestParser::take_body() {
  return std::exchange(impl_->body, {});
}
Headers RequestParser::take_trailers() {
  return std::move(impl_->trailers);
}
const std::string& RequestParser::error() const noexcept {
  return impl_->error;
}

void RequestParser::reset() {
  impl_ = std::make_unique<Impl>();
}

}  // namespace lmi::emulator::http
