#include "http_client/reply_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi::http_client {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::size_t ordinary_space = 8 * 1024;
constexpr std::size_t bulk_space = 128 * 1024;  // once a body proves to be large: fewer system calls
constexpr std::uint32_t longest_header = 64 * 1024;

/// Writes into an HttpReply.
class Parser final : public http::basic_parser<false> {
 public:
  Parser(HttpReply& reply, std::size_t max_body_bytes, bool no_body) : reply_{&reply} {
    header_limit(longest_header);
    body_limit(max_body_bytes);
    eager(true);
    skip(no_body);
  }

 private:
  void on_request_impl(http::verb, beast::string_view, beast::string_view, int, beast::error_code&) override {
  }

  void on_response_impl(int code, beast::string_view, int, beast::error_code&) override {
    reply_->status = static_cast<unsigned>(code);
  }

  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     beast::error_code&) override {
    if (in_head_) reply_->headers.add({name.data(), name.size()}, {value.data(), value.size()});
  }

  void on_header_impl(beast::error_code&) override { in_head_ = false; }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, beast::error_code&) override {
    constexpr std::uint64_t believable = 1024 * 1024;  // a length beyond it has to prove itself byte by byte
    if (length) reply_->body.reserve(static_cast<std::size_t>(std::min(*length, believable)));
  }

  std::size_t on_body_impl(beast::string_view body, beast::error_code&) override {
    reply_->body.append(body.data(), body.size());
    return body.size();
  }

  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, beast::error_code&) override {
    reply_->body.append(body.data(), body.size());
    return body.size();
  }

  void on_finish_impl(beast::error_code&) override {}

  HttpReply* reply_;
  bool in_head_ = true;
};

}  // namespace

struct ReplyReader::Parts {
  std::size_t max_body_bytes;
  bool no_body;
  HttpReply reply{};
  std::optional<Parser> parser{};
  std::vector<char> buffer = std::vector<char>(ordinary_space);
  std::size_t filled = 0;  ///< Bytes in buffer that the parser has not taken.
  bool started = false;
  bool told_to_go_on = false;
  std::string problem{};

  void restart() {
    reply = {};
    parser.emplace(reply, max_body_bytes, no_body);
  }
  State parse();
  State failed(const beast::error_code& failure);
};

ReplyReader::ReplyReader(std::size_t max_body_bytes, bool no_body)
    : parts_{std::make_unique<Parts>(Parts{.max_body_bytes = max_body_bytes, .no_body = no_body})} {
  parts_->restart();
}
ReplyReader::~ReplyReader() = default;

std::span<char> ReplyReader::space() {
  auto& parts = *parts_;
  if (parts.reply.body.size() > ordinary_space && parts.buffer.size() < bulk_space) {
    parts.buffer.resize(bulk_space);
  }
  if (parts.filled == parts.buffer.size()) parts.buffer.resize(parts.buffer.size() * 2);  // a very long head
  return std::span{parts.buffer}.subspan(parts.filled);
}

ReplyReader::State ReplyReader::received(std::size_t count) {
  parts_->filled += count;
  parts_->started = parts_->started || count > 0;
  return parts_->parse();
}

ReplyReader::State ReplyReader::Parts::failed(const beast::error_code& failure) {
  problem = failure.message();
  const bool over_limit = failure == http::error::body_limit || failure == http::error::header_limit ||
                          failure == http::error::buffer_overflow;
  return over_limit ? State::too_large : State::malformed;
}

ReplyReader::State ReplyReader::Parts::parse() {
  std::size_t taken = 0;
  State state = State::incomplete;
  while (taken < filled && !parser->is_done()) {
    beast::error_code failure;
    const auto used = parser->put(boost::asio::buffer(buffer.data() + taken, filled - taken), failure);
    taken += used;
    if (failure && failure != http::error::need_more) return failed(failure);
    if (parser->is_done() && reply.status >= 100 && reply.status < 200) {
      if (reply.status == 101) {
        problem = "101 Switching Protocols, which nobody asked for";
        return State::malformed;
      }
      if (reply.status == 100 && !std::exchange(told_to_go_on, true)) state = State::go_on;
      restart();  // the real reply follows
      continue;
    }
    if (used == 0 || failure) break;
  }
  std::move(buffer.begin() + static_cast<std::ptrdiff_t>(taken),
            buffer.begin() + static_cast<std::ptrdiff_t>(filled), buffer.begin());
  filled -= taken;
  return parser->is_done() ? State::complete : state;
}

ReplyReader::State ReplyReader::closed() {
  beast::error_code failure;
  if (parts_->parser->got_some()) parts_->parser->put_eof(failure);
  if (failure || !parts_->parser->is_done()) {
    parts_->problem = "the connection was closed in the middle of the reply";
    return State::malformed;
  }
  return State::complete;
}

bool ReplyReader::started() const noexcept {
  return parts_->started;
}

bool ReplyReader::keep_alive() const noexcept {
  return parts_->parser->is_done() && parts_->parser->keep_alive() && parts_->filled == 0;
}

const std::string& ReplyReader::problem() const noexcept {
  return parts_->problem;
}

HttpReply& ReplyReader::reply() noexcept {
  return parts_->reply;
}

}  // namespace lmi::http_client
