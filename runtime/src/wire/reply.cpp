#include "wire/reply.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi::wire {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

constexpr std::size_t ordinary_space = 8 * 1024;  // a /next reply with its headers and a small event
constexpr std::size_t bulk_space = 256 * 1024;    // while a large body comes in: fewer system calls
constexpr std::uint32_t longest_header = 64 * 1024;
constexpr std::size_t kept_body = 256 * 1024;  // times the slots: what idle slots may hold on to

/// Writes the few fields the library needs straight into a Reply, where http::response_parser would keep them
/// all.
class Parser final : public http::basic_parser<false> {
 public:
  explicit Parser(Reply& reply) : reply_{&reply} {
    header_limit(longest_header);
    body_limit(boost::none);
    eager(true);
  }

 private:
  std::string* field_named(beast::string_view name) const {
    const std::pair<beast::string_view, std::string*> wanted[] = {
        {"Lambda-Runtime-Aws-Request-Id", &reply_->request_id},
        {"Lambda-Runtime-Invocation-Id", &reply_->invocation_id},
        {"Lambda-Runtime-Invoked-Function-Arn", &reply_->function_arn},
        {"Lambda-Runtime-Trace-Id", &reply_->trace_id},
        {"Lambda-Runtime-Client-Context", &reply_->client_context},
        {"Lambda-Runtime-Cognito-Identity", &reply_->cognito_identity},
        {"Lambda-Runtime-Aws-Tenant-Id", &reply_->tenant_id},
        {"Lambda-Extension-Identifier", &reply_->extension_id},
        {"Content-Type", &reply_->content_type},
        {"Retry-After", &reply_->retry_after},
    };
    for (const auto& [known, field] : wanted)
      if (beast::iequals(known, name)) return field;
    return nullptr;
  }

  void on_request_impl(http::verb, beast::string_view, beast::string_view, int, beast::error_code&) override {
  }

  void on_response_impl(int code, beast::string_view, int, beast::error_code&) override {
    reply_->status = code;
  }

  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     beast::error_code&) override {
    if (beast::iequals(name, "Lambda-Runtime-Deadline-Ms")) {
      std::int64_t milliseconds = 0;
      const auto* end = value.data() + value.size();
      const auto [stopped, failure] = std::from_chars(value.data(), end, milliseconds);
      if (failure == std::errc{} && stopped == end) reply_->deadline_ms = milliseconds;
    } else if (auto* field = field_named(name)) {
      field->assign(value.data(), value.size());
    }
  }

  void on_header_impl(beast::error_code&) override {}

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, beast::error_code&) override {
    constexpr std::uint64_t believable =
        64 * 1024 * 1024;  // a length beyond it has to prove itself byte by byte
    if (length && *length <= believable) reply_->body.reserve(static_cast<std::size_t>(*length));
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

  Reply* reply_;
};

}  // namespace

void Reply::clear() {
  status = 0;
  keep_alive = true;
  for (auto* text : {&request_id, &invocation_id, &function_arn, &trace_id, &client_context,
                     &cognito_identity, &tenant_id, &content_type, &extension_id, &retry_after, &body})
    text->clear();
  deadline_ms.reset();
  if (body.capacity() > kept_body) std::string{}.swap(body);
}

struct ReplyParser::Parts {
  explicit Parts(std::span<char> given) : own(given.empty() ? ordinary_space : 0), first{given} {
    if (first.empty()) first = own;
  }

  Reply reply;
  std::optional<Parser> parser;
  std::vector<char> own;    ///< When no space was given.
  std::span<char> first;    ///< Where every reply begins.
  std::vector<char> large;  ///< Used instead while first is too small; else empty.
  std::size_t touched = 0;  ///< Bytes of first that may not be zero.
  std::size_t filled = 0;   ///< Bytes in the buffer.
  std::size_t taken = 0;    ///< Those at its start that the parser has taken.
  bool started = false;
  std::string problem;

  [[nodiscard]] std::span<char> buffer() { return large.empty() ? first : std::span{large}; }
  void grow(std::size_t size) {
    const auto small = large.empty();
    large.resize(size);
    if (small) std::copy_n(first.begin(), filled, large.begin());
  }
  State parse();
  State finish();
  void restart() {
    reply.clear();
    parser.emplace(reply);
  }
};

ReplyParser::ReplyParser(std::span<char> space) : parts_{std::make_unique<Parts>(space)} {
  parts_->restart();
}
ReplyParser::~ReplyParser() = default;

void ReplyParser::start() {
  parts_->restart();
  wipe();
  parts_->filled = 0;
  parts_->taken = 0;
  parts_->started = false;
  parts_->problem.clear();
  std::vector<char>{}.swap(parts_->large);
}

void ReplyParser::wipe() noexcept {
  std::memset(parts_->first.data(), 0, std::exchange(parts_->touched, 0));
}

std::span<char> ReplyParser::space() {
  auto& parts = *parts_;
  auto buffer = parts.buffer();
  std::memmove(buffer.data(), buffer.data() + parts.taken, parts.filled - parts.taken);
  parts.filled -= std::exchange(parts.taken, 0);
  const auto in_bulk = parts.reply.body.size() > ordinary_space && buffer.size() < bulk_space;
  if (in_bulk) {
    parts.grow(bulk_space);
  } else if (parts.filled == buffer.size()) {
    parts.grow(buffer.size() * 2);  // a very long header
  }
  return parts.buffer().subspan(parts.filled);
}

ReplyParser::State ReplyParser::received(std::size_t n) {
  parts_->filled += n;
  if (parts_->large.empty()) parts_->touched = std::max(parts_->touched, parts_->filled);
  parts_->started = parts_->started || n > 0;
  return parts_->parse();
}

ReplyParser::State ReplyParser::Parts::parse() {
  beast::error_code failure;
  while (taken < filled && !parser->is_done()) {
    const auto used = parser->put(boost::asio::buffer(buffer().data() + taken, filled - taken), failure);
    taken += used;
    if (failure && failure != http::error::need_more) {
      problem = failure.message();
      return State::malformed;
    }
    if (parser->is_done() && reply.status >= 100 && reply.status < 200) {
      restart();  // an interim reply such as 100 Continue: the real one follows
      continue;
    }
    if (used == 0 || failure) break;
  }
  return parser->is_done() ? finish() : State::incomplete;
}

ReplyParser::State ReplyParser::Parts::finish() {
  reply.keep_alive = parser->keep_alive() && filled == taken;
  return State::complete;
}

ReplyParser::State ReplyParser::closed() {
  if (!parts_->started || !parts_->parser->got_some()) {
    parts_->problem = "connection closed";
    return State::malformed;
  }
  beast::error_code failure;
  parts_->parser->put_eof(failure);
  if (failure || !parts_->parser->is_done()) {
    parts_->problem = "connection closed in the middle of a reply";
    return State::malformed;
  }
  const auto state = parts_->finish();
  parts_->reply.keep_alive = false;
  return state;
}

bool ReplyParser::started() const noexcept {
  return parts_->started;
}
bool ReplyParser::header_complete() const noexcept {
  return parts_->parser->is_header_done();
}
Reply& ReplyParser::reply() noexcept {
  return parts_->reply;
}
const std::string& ReplyParser::problem() const noexcept {
  return parts_->problem;
}

}  // namespace lmi::wire
