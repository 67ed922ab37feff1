// Bodies in pieces, both ways, over raw sockets: what a client sees of a streamed response, and what a
// handler sees of a request that arrives slowly.
#include "http/tcp_network.hpp"
#include "support/environment_client.hpp"
#include "support/environment_loop_thread.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace lmi::test {
namespace {

using emulator::http::Body;
using emulator::http::BodyEnd;
using emulator::http::BodyWriter;
using emulator::http::ExchangePtr;
using emulator::http::More;

constexpr std::size_t body_limit = 1'000'000;

/// /stream: begins a response that the test goes on with. /pieces: reads the body in pieces; the test lets
/// each next one in. Anything else is echoed.
class StreamingServer : public testing::Test {
 protected:
  StreamingServer() : network{emulator::http::make_network(loop.loop())} {
    loop.run([this] {
      server = network->listen("127.0.0.1", 0, [this](ExchangePtr exchange) { handle(std::move(exchange)); });
      port = server->port();
    });
  }
  ~StreamingServer() override {
    loop.run([this] {
      server.reset();
      writer.reset();
      more = nullptr;
    });
  }

  void handle(const ExchangePtr& exchange) {
    if (exchange->head().target == "/stream") {
      writer = exchange->begin_response({.status = 200, .headers = {{"X-Head", "1"}}, .body = "unused"});
      return tell("begun");
    }
    if (exchange->head().target == "/pieces") {
      exchange->read_body_in_pieces(
          body_limit,
          [this](std::string bytes, More next) {
            more = std::move(next);
            tell(std::move(bytes));
          },
          [this, exchange](const Body& body) {
            sum = body.trailers.get("x-sum");
            end = body.end;
            tell("end");
            exchange->respond({.status = 202, .headers = {}, .body = body.data});
          });
      return;
    }
    exchange->respond({.status = 200, .headers = {}, .body = exchange->head().target});
  }

  /// Writes on the loop; "written" is told when it is gone.
  void write(const std::string& bytes) {
    loop.run([&] { writer->write(bytes, [this] { tell("written"); }); });
  }
  void finish() {
    loop.run([this] { writer->finish(); });
  }
  void next_piece() {
    loop.run([this] { std::exchange(more, nullptr)(); });
  }

  void tell(std::string event) {
    const std::lock_guard lock{mutex};
    events.push_back(std::move(event));
    changed.notify_all();
  }
  /// The next event that was told; "" when none comes.
  std::string next_event() {
    std::unique_lock lock{mutex};
    if (!changed.wait_for(lock, patience, [this] { return seen < events.size(); })) return {};
    return events[seen++];
  }
  std::size_t count_events() {
    const std::lock_guard lock{mutex};
    return events.size();
  }
  EnvironmentClient connect() { return EnvironmentClient{port}; }

  LoopThread loop;
  std::unique_ptr<emulator::http::Network> network;
  std::unique_ptr<emulator::http::Server> server;
  unsigned short port = 0;
  std::unique_ptr<BodyWriter> writer;  // loop thread
  More more;                           // loop thread
  BodyEnd end = BodyEnd::complete;
  std::string sum;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> events;
  std::size_t seen = 0;
};

TEST_F(StreamingServer, EachPieceArrivesBeforeTheNextIsWritten) {
  auto client = connect();
  client.send("GET", "/stream");
  const auto head = client.receive_head();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->header("transfer-encoding"), "chunked");
  EXPECT_EQ(head->header("x-head"), "1");
  EXPECT_FALSE(head->has("content-length"));
  for (const char* text : {"one", "two"}) {
    write(text);
    EXPECT_EQ(client.receive_chunk(), text);
  }
  finish();
  EXPECT_EQ(client.receive_chunk(), "");
}

TEST_F(StreamingServer, TheConnectionServesTheNextRequest) {
  auto client = connect();
  for (int i = 0; i < 3; ++i) {
    client.send("GET", "/stream");
    ASSERT_TRUE(client.receive_head());
    write("x");
    finish();
    EXPECT_EQ(client.receive_chunk(), "x");
    EXPECT_EQ(client.receive_chunk(), "");
    EXPECT_EQ(client.call("GET", "/echo").body, "/echo");
  }
}

TEST_F(StreamingServer, ARequestThatWasPipelinedWaitsForTheEnd) {
  auto client = connect();
  client.send("GET", "/stream");
  client.send("GET", "/echo");
  ASSERT_TRUE(client.receive_head());
  write("x");
  EXPECT_EQ(client.receive_chunk(), "x");
  finish();
  EXPECT_EQ(client.receive_chunk(), "");
  const auto next = client.receive();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->body, "/echo");
}

TEST_F(StreamingServer, PiecesWrittenTogetherStayInOrder) {
  auto client = connect();
  client.send("GET", "/stream");
  ASSERT_TRUE(client.receive_head());
  loop.run([this] {
    for (int i = 0; i < 100; ++i) writer->write(std::to_string(i), nullptr);
    writer->write("", nullptr);  // no chunk: an empty one would end the body
    writer->write("last", nullptr);
    writer->finish();
  });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.receive_chunk(), std::to_string(i));
  EXPECT_EQ(client.receive_chunk(), "last");
  EXPECT_EQ(client.receive_chunk(), "");
}

TEST_F(StreamingServer, HeadGetsNoBodyAndTheConnectionIsKept) {
  auto client = connect();
  client.send("HEAD", "/stream");
  ASSERT_TRUE(client.receive_head());
  write("not sent");
  EXPECT_EQ(next_event(), "begun");
  EXPECT_EQ(next_event(), "written");
  finish();
  EXPECT_EQ(client.call("GET", "/echo").body, "/echo");
}

TEST_F(StreamingServer, AnOldClientGetsABodyThatEndsWithTheConnection) {
  auto client = connect();
  client.send_raw("GET /stream HTTP/1.0\r\n\r\n");
  const auto head = client.receive_head();
  ASSERT_TRUE(head);
  EXPECT_FALSE(head->has("transfer-encoding"));
  write("plain");
  finish();
  EXPECT_EQ(client.receive_rest(), "plain");
}

TEST_F(StreamingServer, AResponseThatIsGivenUpDoesNotLookWhole) {
  auto client = connect();
  client.send("GET", "/stream");
  ASSERT_TRUE(client.receive_head());
  write("half");
  EXPECT_EQ(client.receive_chunk(), "half");
  loop.run([this] { writer.reset(); });
  EXPECT_EQ(client.receive_rest(), "");  // without the chunk that ends a body
}

TEST_F(StreamingServer, WhoWritesToAPeerThatLeftIsStillLetOn) {
  auto client = connect();
  client.send("GET", "/stream");
  ASSERT_TRUE(client.receive_head());
  EXPECT_EQ(next_event(), "begun");
  client.close(true);
  for (int i = 0; i < 100; ++i) {
    write(std::string(1000, 'x'));
    ASSERT_EQ(next_event(), "written");
  }
  finish();
}

TEST_F(StreamingServer, AClientThatDoesNotReadHoldsTheWriterUp) {
  auto client = connect();
  client.send("GET", "/stream");
  ASSERT_TRUE(client.receive_head());
  EXPECT_EQ(next_event(), "begun");
  // Far more than the system's buffers hold: it cannot have been written before the client reads.
  const std::string piece(64 * 1024 * 1024, 'x');
  write(piece);
  EXPECT_EQ(count_events(), 1U);
  finish();
  EXPECT_EQ(client.receive_chunk().size(), piece.size());
  EXPECT_EQ(next_event(), "written");
  EXPECT_EQ(client.receive_chunk(), "");
}

TEST_F(StreamingServer, ARequestBodyIsGivenWhileItArrives) {
  auto client = connect();
  client.send("POST", "/pieces", {{"Transfer-Encoding", "chunked"}, {"Trailer", "X-Sum"}});
  client.send_raw("3\r\none\r\n");
  EXPECT_EQ(next_event(), "one");
  client.send_raw("3\r\ntwo\r\n");
  next_piece();
  EXPECT_EQ(next_event(), "two");
  client.send_raw("0\r\nX-Sum: 6\r\n\r\n");
  next_piece();
  EXPECT_EQ(next_event(), "end");
  EXPECT_EQ(end, BodyEnd::complete);
  EXPECT_EQ(sum, "6");
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "");
  EXPECT_EQ(client.call("GET", "/echo").body, "/echo");
}

TEST_F(StreamingServer, ARequestBodyThatBreaksOffIsGivenUpToThere) {
  auto client = connect();
  client.send("POST", "/pieces", {{"Transfer-Encoding", "chunked"}});
  client.send_raw("3\r\none\r\n");
  EXPECT_EQ(next_event(), "one");
  client.send_raw("3\r\ntwo\r\n");
  client.half_close();
  next_piece();
  EXPECT_EQ(next_event(), "two");
  next_piece();
  EXPECT_EQ(next_event(), "end");
  EXPECT_EQ(end, BodyEnd::truncated);
}

TEST_F(StreamingServer, TheLimitHoldsForAllPiecesTogether) {
  auto client = connect();
  client.send("POST", "/pieces", {{"Transfer-Encoding", "chunked"}});
  const std::string half(body_limit / 2, 'x');
  std::size_t got = 0;
  client.send_raw(chunked(half + half + "y"));
  for (auto event = next_event(); event != "end"; event = next_event()) {
    ASSERT_FALSE(event.empty());
    got += event.size();
    next_piece();
  }
  EXPECT_EQ(end, BodyEnd::too_large);
  EXPECT_LE(got, body_limit);
}

TEST_F(StreamingServer, ABodyOfExactlyTheLimitPassesInPieces) {
  auto client = connect();
  client.send("POST", "/pieces", {{"Transfer-Encoding", "chunked"}});
  std::size_t got = 0;
  client.send_raw(chunked(std::string(body_limit, 'x')));
  for (auto event = next_event(); event != "end"; event = next_event()) {
    ASSERT_FALSE(event.empty());
    got += event.size();
    next_piece();
  }
  EXPECT_EQ(end, BodyEnd::complete);
  EXPECT_EQ(got, body_limit);
}

TEST_F(StreamingServer, AnAnnouncedBodyOverTheLimitIsRefusedBeforeItsFirstPiece) {
  auto client = connect();
  client.send("POST", "/pieces", {{"Content-Length", std::to_string(body_limit + 1)}});
  EXPECT_EQ(next_event(), "end");
  EXPECT_EQ(end, BodyEnd::too_large);
}

}  // namespace
}  // namespace lmi::test
