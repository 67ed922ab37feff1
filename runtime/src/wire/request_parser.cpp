#include "wire/request_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace lmi::wire {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::size_t first_space = 16 * 1024;
constexpr std::uint32_t longest_header = 64 * 1024;

class Parser final : public http::basic_parser<true> {
 public:
  Parser(std::string& body, std::size_t limit) : body_{&body} {
    header_limit(longest_header);
    body_limit(limit);
    eager(true);
  }

 private:
  void on_request_impl(http::verb, beast::string_view, beast::string_view, int, beast::error_code&) override {
  }
  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
  void on_field_impl(http::field, beast::string_view, beast::string_view, beast::error_code&) override {}
  void on_header_impl(beast::error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view body, beast::error_code&) override {
    body_->append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, beast::error_code&) override {
    body_->append(body.data(), body.size());
    return body.size();
  }
  void on_finish_impl(beast::error_code&) override {}

  std::string* body_;
};

}  // namespace

struct RequestParser::Parts {
  std::size_t body_limit;
  std::string body{};
  std::optional<Parser> parser{};
  std::vector<char> buffer = std::vector<char>(first_space);
  std::size_t filled = 0;  ///< Bytes in buffer that the parser has not taken.

  void restart() {
    body.clear();
    parser.emplace(body, body_limit);
  }
  State parse();
};

RequestParser::RequestParser(std::size_t body_limit)
    : parts_{std::make_unique<Parts>(Parts{.body_limit = body_limit})} {
  parts_->restart();
}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;

std::span<char> RequestParser::space() {
  auto& parts = *parts_;
  if (parts.filled == parts.buffer.size()) parts.buffer.resize(parts.buffer.size() * 2);
  return std::span{parts.buffer}.subspan(parts.filled);
}

RequestParser::State RequestParser::received(std::size_t n) {
  parts_->filled += n;
  return parts_->parse();
}

RequestParser::State RequestParser::next() {
  parts_->restart();
  return parts_->parse();
}

RequestParser::State RequestParser::Parts::parse() {
  std::size_t taken = 0;
  beast::error_code failure;
  while (taken < filled && !parser->is_done()) {
    const auto used = parser->put(boost::asio::buffer(buffer.data() + taken, filled - taken), failure);
    taken += used;
    if (failure && failure != http::error::need_more) return State::malformed;
    if (used == 0 || failure) break;
  }
  std::move(buffer.begin() + static_cast<std::ptrdiff_t>(taken),
            buffer.begin() + static_cast<std::ptrdiff_t>(filled), buffer.begin());
  filled -= taken;
  return parser->is_done() ? State::complete : State::incomplete;
}

bool RequestParser::started() const noexcept {
  return parts_->filled > 0 || parts_->parser->got_some();
}
std::string& RequestParser::body() noexcept {
  return parts_->body;
}
bool RequestParser::keep_alive() const {
  return parts_->parser->keep_alive();
}

}  // namespace lmi::wire
