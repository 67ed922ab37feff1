// Feeds changed requests to the HTTP parser, whole and in pieces: how bytes arrive must not change what they
// mean.

#include "fuzz/driver.hpp"
#include "http/request_parser.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace {

using lmi::emulator::http::Head;
using lmi::emulator::http::RequestParser;
using lmi::fuzz::broken;
using Status = RequestParser::Status;

constexpr std::size_t kept_body = 512;

bool is_clean(std::string_view text) {
  return text.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos;
}

/// Reads what a connection brings, `piece` bytes at a time, as a session does. One line of text for each
/// thing that was found.
std::vector<std::string> read_all(std::string_view input, std::size_t piece) {
  std::vector<std::string> found;
  RequestParser parser;
  std::string waiting;
  bool ended = false;
  for (std::size_t at = 0; at < input.size() && !ended; at += piece) {
    waiting += input.substr(at, piece);
    for (bool more = true; more && !ended;) {
      const auto progress = parser.feed(waiting);
      if (progress.consumed > waiting.size()) broken("no more is consumed than there is", input);
      waiting.erase(0, progress.consumed);
      switch (progress.status) {
        case Status::need_more: more = false; break;
        case Status::head_done: {
          const Head head = parser.take_head();
          std::string line = head.method + " " + head.target;
          for (const auto& [name, value] : head.headers) line += "|" + name + ":" + value;
          if (!is_clean(line)) broken("no line ending and no NUL in a head", input);
          found.push_back(std::move(line));
          parser.body_limit(kept_body);
          break;
        }
        case Status::body_limit_hit: parser.discard_body(); break;
        case Status::done: {
          const std::string body = parser.take_body();
          if (body.size() > kept_body) broken("no body above its limit", input);
          found.push_back("body " + body);
          parser.reset();
          more = !waiting.empty();
          break;
        }
        case Status::bad_request:
        case Status::head_too_large:
          found.emplace_back("refused");
          ended = true;
          break;
      }
    }
  }
  return found;
}

/// The same, except that a head which never ends may have been refused already when it came in one piece.
bool agree(const std::vector<std::string>& in_pieces, std::vector<std::string> whole) {
  if (whole.size() == in_pieces.size() + 1 && whole.back() == "refused") whole.pop_back();
  return in_pieces == whole;
}

}  // namespace

void lmi::fuzz::check(std::string_view input) {
  const auto whole = read_all(input, input.size() + 1);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
    if (!agree(read_all(input, piece), whole)) broken("pieces mean what the whole means", input);
  }
}

std::span<const std::string_view> lmi::fuzz::pieces() {
  static constexpr std::string_view all[] = {"\r\n",
                                             "\n",
                                             "\r\n\r\n",
                                             "GET / HTTP/1.1\r\n",
                                             "HTTP/1.0",
                                             "HTTP/9.9",
                                             "Content-Length: 18446744073709551616\r\n",
                                             "Content-Length: 5\r\n",
                                             "Transfer-Encoding: chunked\r\n",
                                             "Expect: 100-continue\r\n",
                                             "Connection: upgrade\r\n",
                                             "ffffffffffffffff\r\n",
                                             "0\r\n\r\n",
                                             ";a=\"b\"",
                                             "\t folded",
                                             "%00",
                                             std::string_view{"\0", 1},
                                             "\xff"};
  return all;
}
