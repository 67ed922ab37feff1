#include "load/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace lmi::cli::load {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {
constexpr std::size_t buffer_size = 32 * 1024;
/// After so long without traffic the peer may have closed the connection; a shorter pause is not worth the
/// check.
constexpr auto check_when_idle_for = std::chrono::seconds{1};
}  // namespace

/// Beast's parser without its message: keeps the two fields and the body that tell success from failure.
class AnswerParser {
 public:
  /// Makes ready for the next answer; the strings keep their memory.
  void reset() {
    function_error_.clear();
    error_type_.clear();
    body_.clear();
    parser_.emplace(*this);
    parser_->eager(true);
    parser_->body_limit(boost::none);
  }

  std::size_t put(std::string_view bytes, error_code& error) {
    return parser_->put(asio::buffer(bytes.data(), bytes.size()), error);
  }
  void put_eof(error_code& error) { parser_->put_eof(error); }
  bool got_some() const { return parser_->got_some(); }
  bool done() const { return parser_->is_done(); }
  bool keep_alive() const { return parser_->keep_alive(); }
  Answer answer() const { return {status_, function_error_, error_type_, body_}; }

 private:
  class Parser : public beast::http::basic_parser<false> {
   public:
    explicit Parser(AnswerParser& owner) : owner_{owner} {}

   private:
    using View = beast::string_view;
    void on_request_impl(beast::http::verb, View, View, int, error_code&) override {}
    void on_response_impl(int status, View, int, error_code&) override {
      owner_.status_ = static_cast<unsigned>(status);
    }
    void on_field_impl(beast::http::field, View name, View value, error_code&) override {
      if (beast::iequals(name, "x-amz-function-error"))
        owner_.function_error_.assign(value.data(), value.size());
      if (beast::iequals(name, "x-amzn-errortype")) owner_.error_type_.assign(value.data(), value.size());
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(View bytes, error_code&) override {
      owner_.body_.append(bytes.data(), bytes.size());
      return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, View, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, View bytes, error_code&) override {
      owner_.body_.append(bytes.data(), bytes.size());
      return bytes.size();
    }
    void on_finish_impl(error_code&) override {}

    AnswerParser& owner_;
  };

  std::optional<Parser> parser_;
  unsigned status_ = 0;
  std::string function_error_;
  std::string error_type_;
  std::string body_;
};

Connection::Connection(asio::io_context& io, const tcp::endpoint& peer, const Ended& ended)
    : socket_{io},
      peer_{peer},
      ended_{ended},
      parser_{std::make_unique<AnswerParser>()},
      buffer_(buffer_size) {}

Connection::~Connection() = default;

void Connection::send(Request request) {
  request_ = request;
  head_.assign(request.head);
  request_.head = head_;
  request_.sent = Clock::now();
  busy_ = true;
  written_ = 0;
  filled_ = 0;
  parser_->reset();
  if (socket_.is_open() && request_.sent - idle_since_ > check_when_idle_for && closed_by_peer()) close();
  if (socket_.is_open()) {
    write();
  } else {
    connect();
  }
}

void Connection::close() {
  error_code ignored;  // the descriptor is gone either way
  socket_.close(ignored);
  ++generation_;
}

void Connection::connect() {
  socket_.async_connect(peer_, [this, generation = generation_](error_code error) {
    if (generation != generation_) return;
    if (!error) socket_.non_blocking(true, error);
    if (!error) socket_.set_option(tcp::no_delay{true}, error);
    if (error) return fail(error, "connect");
    write();
  });
}

void Connection::write() {
  const std::size_t total = request_.head.size() + request_.body.size();
  error_code error;
  while (written_ < total && !error) {
    const std::size_t of_head = std::min(written_, request_.head.size());
    const std::size_t of_body = written_ - of_head;
    const std::array<asio::const_buffer, 2> rest{
        asio::buffer(request_.head.data() + of_head, request_.head.size() - of_head),
        asio::buffer(request_.body.data() + of_body, request_.body.size() - of_body)};
    written_ += socket_.write_some(rest, error);
  }
  if (error == asio::error::would_block) return wait_for(tcp::socket::wait_write);
  if (error) {
    // Never from inside send(): the caller may hold a reference to what on_failure changes.
    asio::post(socket_.get_executor(), [this, error, generation = generation_] {
      if (generation == generation_) fail(error, "write");
    });
    return;
  }
  wait_for(tcp::socket::wait_read);
}

void Connection::wait_for(tcp::socket::wait_type what) {
  socket_.async_wait(what, [this, what, generation = generation_](error_code error) {
    if (generation != generation_) return;
    if (error) return fail(error, "wait");
    if (what == tcp::socket::wait_write) return write();
    read();
  });
}

void Connection::read() {
  error_code error;
  filled_ += socket_.read_some(asio::buffer(buffer_.data() + filled_, buffer_.size() - filled_), error);
  if (error == asio::error::would_block) return wait_for(tcp::socket::wait_read);
  if (error == asio::error::eof && parser_->got_some()) {
    error_code at_end;
    parser_->put_eof(at_end);
    if (!at_end && parser_->done()) {
      close();
      return complete();
    }
  }
  if (error) return fail(error, "read");
  if (!parse()) return;
  if (parser_->done()) return complete();
  wait_for(tcp::socket::wait_read);
}

/// Hands the parser what was read and keeps what it did not take. False when the request ended by that.
bool Connection::parse() {
  while (filled_ > 0 && !parser_->done()) {
    error_code error;
    const std::size_t taken = parser_->put({buffer_.data(), filled_}, error);
    std::memmove(buffer_.data(), buffer_.data() + taken, filled_ - taken);
    filled_ -= taken;
    if (error == beast::http::error::need_more) {
      if (filled_ < buffer_.size()) return true;
      error = beast::http::error::buffer_overflow;
    }
    if (error) {
      fail(FailureClass{FailureClass::Kind::protocol, error.message()});
      return false;
    }
  }
  return true;
}

void Connection::complete() {
  busy_ = false;
  if (socket_.is_open() && !parser_->keep_alive()) close();
  idle_since_ = Clock::now();
  const Request ended = request_;
  ended_.on_answer(*this, ended, parser_->answer());
}

void Connection::fail(FailureClass why) {
  close();
  busy_ = false;
  const Request ended = request_;
  ended_.on_failure(*this, ended, std::move(why));
}

void Connection::fail(const error_code& error, std::string_view doing) {
  const auto reason = error == asio::error::eof ? std::string{"closed by the peer"} : error.message();
  fail(FailureClass{FailureClass::Kind::connection, std::string{doing} + ": " + reason});
}

void Connection::expire(Clock::time_point now, Clock::duration limit) {
  if (busy_ && now - request_.sent > limit) fail(FailureClass{FailureClass::Kind::timeout, {}});
}

bool Connection::closed_by_peer() {
  char byte = 0;
  error_code error;
  socket_.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
  return error !=
         asio::error::would_block;  // an idle connection has nothing to say: bytes are as bad as an end
}

}  // namespace lmi::cli::load
