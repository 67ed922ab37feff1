// How much of a body a session takes in while its handler is busy: by a stream that the test holds in its
// hands.
#include "http/session.hpp"
#include "loop/manual_loop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lmi::emulator::http {
namespace {

/// Gives bytes when the test says so, and counts what it was asked to write.
class HandStream final : public ByteStream {
 public:
  void read(std::span<char> into) override { wanted = into; }
  void write(std::string head, std::string body) override { written.push_back(head + body); }
  void finish_sending() override {}
  void close() override { closed = true; }

  std::optional<std::span<char>> wanted;
  std::vector<std::string> written;
  bool closed = false;
};

class SessionFlow : public testing::Test {
 protected:
  SessionFlow() {
    handler_ = std::make_shared<const RequestHandler>([this](ExchangePtr exchange) { exchange_ = exchange; });
    session_ = std::make_shared<Session>(
        Session::Context{.loop = loop_, .handler = handler_, .limits = {}, .ended = [](Session&) {}});
    session_->start(stream_);
  }

  /// Gives the session as much of `bytes` as it has asked for; how much that was.
  std::size_t give(std::string_view bytes) {
    if (!stream_->wanted) return 0;
    const auto into = *std::exchange(stream_->wanted, std::nullopt);
    const std::size_t count = std::min(into.size(), bytes.size());
    std::copy_n(bytes.begin(), count, into.begin());
    session_->on_read(count);
    loop_.run_until_idle();
    return count;
  }

  ManualLoop loop_;
  std::shared_ptr<HandStream> stream_ = std::make_shared<HandStream>();  // shared with the session
  std::shared_ptr<const RequestHandler> handler_;
  std::shared_ptr<Session> session_;
  ExchangePtr exchange_;
};

TEST_F(SessionFlow, AHandlerThatKeepsItsPieceStopsTheReading) {
  give("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n");
  std::vector<std::size_t> pieces;
  More more;
  exchange_->read_body_in_pieces(
      200'000'000,
      [&](std::string bytes, More next) {
        pieces.push_back(bytes.size());
        more = std::move(next);
      },
      [](const Body&) {});
  loop_.run_until_idle();

  const std::string plenty(300'000, 'x');
  std::size_t taken = 0;
  while (const std::size_t count = give(plenty)) taken += count;

  EXPECT_EQ(pieces.size(), 1U);
  const SessionLimits limits;
  EXPECT_LE(taken, pieces[0] + 2 * limits.unread_bytes + 64 * 1024) << "bounded, whatever the peer sends";
  std::exchange(more, nullptr)();
  EXPECT_EQ(pieces.size(), 2U) << "what was held comes next";
  EXPECT_TRUE(stream_->wanted) << "and reading goes on";
}

TEST_F(SessionFlow, MoreIsToldWhenTheSystemHasThePiece) {
  give("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  auto writer = exchange_->begin_response({.status = 200, .headers = {}, .body = {}});
  session_->on_written();  // the head
  bool told = false;
  writer->write("piece", [&told] { told = true; });
  loop_.run_until_idle();
  ASSERT_EQ(stream_->written.size(), 2U);
  EXPECT_EQ(stream_->written[1], "5\r\npiece\r\n");
  EXPECT_FALSE(told);
  session_->on_written();
  EXPECT_TRUE(told);
  writer->finish();
  loop_.run_until_idle();
  EXPECT_EQ(stream_->written.back(), "0\r\n\r\n");
}

TEST_F(SessionFlow, ALateMoreOfAnEarlierRequestLetsNothingIn) {
  More first;
  std::vector<std::string> pieces;
  const auto read = [&](More& more) {
    exchange_->read_body_in_pieces(
        100,
        [&](std::string bytes, More next) {
          pieces.push_back(std::move(bytes));
          more = std::move(next);
        },
        [](const Body&) {});
    loop_.run_until_idle();
  };
  give("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\none");
  read(first);
  exchange_->respond({.status = 200, .headers = {}, .body = {}});
  session_->on_written();
  give("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n");
  More second;
  read(second);
  ASSERT_EQ(pieces.size(), 2U);
  first();
  give("3\r\nsix\r\n");
  EXPECT_EQ(pieces.size(), 2U);
  second();
  EXPECT_EQ(pieces.size(), 3U);
}

}  // namespace
}  // namespace lmi::emulator::http
