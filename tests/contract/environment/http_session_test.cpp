// The HTTP server under polite, slow, rude and broken clients, over raw sockets.
#include "http/tcp_network.hpp"
#include "support/environment_client.hpp"
#include "support/environment_loop_thread.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace lmi::test {
namespace {

using namespace std::chrono_literals;
using emulator::http::Body;
using emulator::http::BodyEnd;
using emulator::http::ExchangePtr;
using emulator::http::Response;
using testing::HasSubstr;

constexpr std::size_t body_limit = 1'000'000;

std::string name_of(BodyEnd end) {
  switch (end) {
    case BodyEnd::complete: return "complete";
    case BodyEnd::too_large: return "too_large";
    case BodyEnd::truncated: return "truncated";
    case BodyEnd::disconnected: return "disconnected";
  }
  return "?";
}

/// GET /echo…: answers with the target. POST /body: reads the body and tells how that ended. POST /ignore:
/// answers without reading. GET /wait: keeps the exchange. GET /drop: closes. GET /throw: has a bug.
class HttpServer : public testing::Test {
 protected:
  explicit HttpServer(emulator::http::SessionLimits limits = {})
      : network{emulator::http::make_network(loop.loop(), limits)} {
    loop.run([this] {
      server = network->listen("127.0.0.1", 0, [this](ExchangePtr exchange) { handle(std::move(exchange)); });
      port = server->port();
    });
  }
  ~HttpServer() override {
    loop.run([this] {
      server.reset();
      held.clear();
    });
  }

  void handle(ExchangePtr exchange) {
    const auto& head = exchange->head();
    if (head.target == "/wait") {
      exchange->on_disconnect([this] { tell("gone"); });
      held.push_back(std::move(exchange));
      return tell("waiting");
    }
    if (head.target == "/drop") return exchange->drop();
    if (head.target == "/forget") return;
    if (head.target == "/throw") throw std::runtime_error("bug");
    if (head.target != "/body") {
      return exchange->respond({.status = 200, .headers = {{"X-Method", head.method}}, .body = head.target});
    }
    exchange->read_body(body_limit, [this, exchange](Body body) {
      tell(name_of(body.end));
      exchange->respond(
          {.status = body.end == BodyEnd::complete ? 200U : 400U,
           .headers = {{"X-End", name_of(body.end)}, {"X-Trailer", std::string(body.trailers.get("x-sum"))}},
           .body = std::move(body.data)});
    });
  }

  void tell(std::string event) {
    const std::lock_guard lock{mutex};
    events.push_back(std::move(event));
    changed.notify_all();
  }
  bool await_event(const std::string& event) {
    std::unique_lock lock{mutex};
    return changed.wait_for(lock, patience,
                            [&] { return std::find(events.begin(), events.end(), event) != events.end(); });
  }
  EnvironmentClient connect() { return EnvironmentClient{port}; }

  LoopThread loop;
  std::unique_ptr<emulator::http::Network> network;
  std::unique_ptr<emulator::http::Server> server;
  unsigned short port = 0;
  std::vector<ExchangePtr> held;  // loop thread
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> events;
};

TEST_F(HttpServer, KeepsAConnectionForManyRequests) {
  auto client = connect();
  for (int i = 0; i < 100; ++i) {
    const auto target = "/echo/" + std::to_string(i);
    const auto reply = client.call("GET", target);
    ASSERT_EQ(reply.status, 200);
    ASSERT_EQ(reply.body, target);
    ASSERT_FALSE(reply.has("connection"));
  }
}

TEST_F(HttpServer, AnswersPipelinedRequestsInOrder) {
  auto client = connect();
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += "GET /echo/" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  requests += "POST /body HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloGET /echo/last HTTP/1.1\r\n\r\n";
  ASSERT_TRUE(client.send_raw(requests));
  for (int i = 0; i < 50; ++i) {
    const auto reply = client.receive();
    ASSERT_TRUE(reply);
    ASSERT_EQ(reply->body, "/echo/" + std::to_string(i));
  }
  EXPECT_EQ(client.receive().value_or(EnvironmentClient::Response{}).body, "hello");
  EXPECT_EQ(client.receive().value_or(EnvironmentClient::Response{}).body, "/echo/last");
}

TEST_F(HttpServer, KeepsWhatIsPipelinedBehindARequestThatWaits) {
  auto client = connect();
  ASSERT_TRUE(client.send_raw("GET /wait HTTP/1.1\r\n\r\n"));
  ASSERT_TRUE(await_event("waiting"));
  ASSERT_TRUE(client.send_raw("GET /echo/after HTTP/1.1\r\n\r\n"));
  loop.run([this] { held.at(0)->respond({.status = 200, .headers = {}, .body = "first"}); });
  EXPECT_EQ(client.receive().value_or(EnvironmentClient::Response{}).body, "first");
  EXPECT_EQ(client.receive().value_or(EnvironmentClient::Response{}).body, "/echo/after");
}

TEST_F(HttpServer, TakesARequestByteByByte) {
  auto client = connect();
  const std::string request = "POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
                              chunked("chunk", {{"X-Sum", "42"}});
  for (const char byte : request) ASSERT_TRUE(client.send_raw({&byte, 1}));
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->header("x-end"), "complete");
  EXPECT_EQ(reply->header("x-trailer"), "42");
  EXPECT_EQ(reply->body, "chunk");
}

TEST_F(HttpServer, TakesABodyOfExactlyTheLimit) {
  const std::string body(body_limit, 'b');
  EXPECT_TRUE(connect().call("POST", "/body", {}, body).body == body);
  EXPECT_TRUE(connect().call("POST", "/body", {{"Transfer-Encoding", "chunked"}}, chunked(body)).body ==
              body);
}

TEST_F(HttpServer, RefusesABodyOverTheLimitReadably) {
  for (const auto& headers :
       {EnvironmentClient::Headers{}, EnvironmentClient::Headers{{"Transfer-Encoding", "chunked"}}}) {
    auto client = connect();
    const std::string body(body_limit + 1, 'b');
    const auto reply = client.call("POST", "/body", headers, headers.empty() ? body : chunked(body));
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.header("x-end"), "too_large");
    EXPECT_EQ(reply.header("connection"), "close");
    EXPECT_TRUE(client.closed_by_peer());
  }
}

TEST_F(HttpServer, TellsATruncatedBodyFromADisconnect) {
  auto half_closed = connect();
  ASSERT_TRUE(half_closed.send("POST", "/body", {{"Content-Length", "10"}}, "abc"));
  half_closed.half_close();
  EXPECT_EQ(half_closed.receive().value_or(EnvironmentClient::Response{}).header("x-end"), "truncated");

  auto reset = connect();
  ASSERT_TRUE(reset.send("POST", "/body", {{"Content-Length", "10"}}, "abc"));
  reset.close(true);
  EXPECT_TRUE(await_event("disconnected"));
}

TEST_F(HttpServer, AChunkThatIsNoChunkIsTruncated) {
  auto client = connect();
  ASSERT_TRUE(client.send("POST", "/body", {{"Transfer-Encoding", "chunked"}}, "zz\r\n"));
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->header("x-end"), "truncated");
  EXPECT_EQ(reply->header("connection"), "close");
}

TEST_F(HttpServer, SaysContinueToWhoAsksAndReadsTheBody) {
  auto client = connect();
  ASSERT_TRUE(client.send("POST", "/body", {{"Expect", "100-continue"}, {"Content-Length", "4"}}));
  const auto interim = client.receive();
  ASSERT_TRUE(interim);
  EXPECT_EQ(interim->status, 100);
  ASSERT_TRUE(client.send_raw("body"));
  EXPECT_EQ(client.receive().value_or(EnvironmentClient::Response{}).body, "body");
  EXPECT_EQ(client.call("GET", "/echo").status, 200);
}

TEST_F(HttpServer, DoesNotSayContinueToABodyItWillRefuse) {
  auto client = connect();
  const auto reply = client.call(
      "POST", "/body", {{"Expect", "100-continue"}, {"Content-Length", std::to_string(body_limit + 1)}});
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.header("x-end"), "too_large");
}

TEST_F(HttpServer, DiscardsABodyNobodyReads) {
  auto client = connect();
  EXPECT_EQ(client.call("POST", "/ignore", {}, "small").body, "/ignore");
  EXPECT_EQ(client.call("GET", "/echo").status, 200) << "the connection is kept";
  const auto reply = client.call("POST", "/ignore", {}, std::string(5'000'000, 'x'));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("connection"), "close");
}

TEST_F(HttpServer, HeadHasTheLengthButNoBody) {
  auto client = connect();
  ASSERT_TRUE(client.send_raw("HEAD /echo/abc HTTP/1.1\r\n\r\nGET /echo/next HTTP/1.1\r\n\r\n"));
  const auto head = client.receive_head();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->header("content-length"), "9");
  EXPECT_EQ(client.receive().value_or(EnvironmentClient::Response{}).body, "/echo/next");
}

TEST_F(HttpServer, PassesUnknownMethodsOn) {
  EXPECT_EQ(connect().call("BREW", "/pot", {}, "").header("x-method"), "BREW");
}

TEST_F(HttpServer, ClosesWhenAskedTo) {
  auto polite = connect();
  const auto reply = polite.call("GET", "/echo", {{"Connection", "close"}});
  EXPECT_EQ(reply.header("connection"), "close");
  EXPECT_TRUE(polite.closed_by_peer());
  auto old = connect();
  ASSERT_TRUE(old.send_raw("GET /echo HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(old.receive().value_or(EnvironmentClient::Response{}).status, 200);
  EXPECT_TRUE(old.closed_by_peer());
}

class BadRequests : public HttpServer, public testing::WithParamInterface<const char*> {};
TEST_P(BadRequests, AreAnswered400) {
  auto client = connect();
  ASSERT_TRUE(client.send_raw(GetParam()));
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 400);
  EXPECT_EQ(reply->header("content-type"), "application/json");
  EXPECT_THAT(reply->body, HasSubstr(R"("errorType":"BadRequest")"));
  EXPECT_TRUE(client.closed_by_peer());
}
INSTANTIATE_TEST_SUITE_P(
    Texts, BadRequests,
    testing::Values("\r\n\r\n", "nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                    "GET / HTTP/1.1\r\nno colon\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                    "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                    "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"));

TEST_F(HttpServer, RefusesAHeadOver64KiB) {
  auto one_field = connect();
  one_field.send("GET", "/echo", {{"X-Big", std::string(70'000, 'x')}});
  EXPECT_EQ(one_field.receive().value_or(EnvironmentClient::Response{}).status, 431);
  auto many_fields = connect();
  many_fields.send("GET", "/echo", EnvironmentClient::Headers(4000, {"X-Small", std::string(30, 'x')}));
  EXPECT_EQ(many_fields.receive().value_or(EnvironmentClient::Response{}).status, 431);
  EXPECT_EQ(connect().call("GET", "/echo", {{"X-Fits", std::string(60'000, 'x')}}).status, 200);
}

TEST_F(HttpServer, NoticesAPeerThatLeavesWhileItsRequestWaits) {
  for (const bool reset : {false, true}) {
    auto client = connect();
    ASSERT_TRUE(client.send("GET", "/wait"));
    ASSERT_TRUE(await_event("waiting"));
    client.close(reset);
    ASSERT_TRUE(await_event("gone"));
    events.clear();
  }
  loop.run([this] {
    for (const auto& exchange : held) exchange->respond({});  // harmless
  });
}

TEST_F(HttpServer, APeerThatOnlyStoppedSendingStillGetsItsAnswer) {
  auto client = connect();
  ASSERT_TRUE(client.send("GET", "/wait"));
  ASSERT_TRUE(await_event("waiting"));
  client.half_close();
  ASSERT_TRUE(await_event("gone"));
  loop.run([this] { held.at(0)->respond({.status = 200, .headers = {}, .body = "still here"}); });
  EXPECT_EQ(client.receive().value_or(EnvironmentClient::Response{}).body, "still here");
}

TEST_F(HttpServer, OnlyTheFirstAnswerCounts) {
  auto client = connect();
  ASSERT_TRUE(client.send("GET", "/wait"));
  ASSERT_TRUE(await_event("waiting"));
  loop.run([this] {
    held.at(0)->respond({.status = 200, .headers = {}, .body = "first"});
    held.at(0)->respond({.status = 200, .headers = {}, .body = "second"});
    held.at(0)->drop();
  });
  EXPECT_EQ(client.receive().value_or(EnvironmentClient::Response{}).body, "first");
  EXPECT_EQ(client.call("GET", "/echo/next").body, "/echo/next");
}

TEST_F(HttpServer, DropsWithoutAnAnswer) {
  for (const char* target : {"/drop", "/forget"}) {
    auto client = connect();
    ASSERT_TRUE(client.send("GET", target));
    EXPECT_FALSE(client.receive()) << target;
  }
}

TEST_F(HttpServer, ABugInAHandlerCostsOneRequest) {
  auto client = connect();
  EXPECT_EQ(client.call("GET", "/throw").status, 500);
  EXPECT_EQ(client.call("GET", "/echo").status, 200);
}

TEST_F(HttpServer, StopAcceptingFinishesWhatRuns) {
  auto idle = connect();
  ASSERT_EQ(idle.call("GET", "/echo").status, 200);
  auto busy = connect();
  ASSERT_TRUE(busy.send("GET", "/wait"));
  ASSERT_TRUE(await_event("waiting"));
  loop.run([this] { server->stop_accepting(); });
  EXPECT_TRUE(idle.closed_by_peer());
  EXPECT_FALSE(connect().send_raw("GET / HTTP/1.1\r\n\r\n"));

  loop.run([this] { held.at(0)->respond({.status = 200, .headers = {}, .body = "last"}); });
  const auto reply = busy.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "last");
  EXPECT_EQ(reply->header("connection"), "close");
}

TEST_F(HttpServer, DestroyingItClosesEverything) {
  auto waiting = connect();
  ASSERT_TRUE(waiting.send("GET", "/wait"));
  ASSERT_TRUE(await_event("waiting"));
  auto half_sent = connect();
  ASSERT_TRUE(half_sent.send_raw("GET /ec"));
  loop.run([this] { server.reset(); });
  EXPECT_TRUE(waiting.closed_by_peer());
  EXPECT_TRUE(half_sent.closed_by_peer());
  loop.run([this] { held.at(0)->respond({}); });  // its session is gone: harmless
}

TEST_F(HttpServer, TwoServersCannotShareAPort) {
  loop.run([this] {
    EXPECT_THROW(network->listen("127.0.0.1", port, [](ExchangePtr) {}), std::system_error);
    EXPECT_THROW(network->listen("not an address", 0, [](ExchangePtr) {}), std::system_error);
  });
}

TEST_F(HttpServer, ItsSocketsAreNotInherited) {
  auto client = connect();
  ASSERT_EQ(client.call("GET", "/echo").status, 200);
  unsigned sockets = 0;
  loop.run([&sockets] {  // on the loop, which may close a socket at any other moment
    for (int fd = 3; fd < 1024; ++fd) {
      struct stat info {};
      if (::fstat(fd, &info) != 0 || !S_ISSOCK(info.st_mode)) continue;
      ++sockets;
      EXPECT_TRUE((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0) << fd;
    }
  });
  EXPECT_GE(sockets, 3U);  // listener, session, client
}

class ImpatientServer : public HttpServer {
 protected:
  ImpatientServer() : HttpServer{{.head_timeout = 50ms, .idle_timeout = 200ms, .linger_timeout = 50ms}} {}
};

TEST_F(ImpatientServer, ClosesOnHalfAHead) {
  auto client = connect();
  ASSERT_TRUE(client.send_raw("GET /echo HTTP/1.1\r\nHost"));
  EXPECT_TRUE(client.closed_by_peer());
}

TEST_F(ImpatientServer, ClosesOnHalfABody) {
  auto client = connect();
  ASSERT_TRUE(client.send("POST", "/body", {{"Content-Length", "10"}}, "abc"));
  EXPECT_TRUE(client.closed_by_peer());
  EXPECT_TRUE(await_event("disconnected"));
}

TEST_F(ImpatientServer, ClosesAnIdleConnection) {
  auto client = connect();
  ASSERT_EQ(client.call("GET", "/echo").status, 200);
  EXPECT_TRUE(client.closed_by_peer());
}

TEST_F(ImpatientServer, IsPatientWithItsOwnHandlers) {
  auto waiting = connect();
  ASSERT_TRUE(waiting.send("GET", "/wait"));
  ASSERT_TRUE(await_event("waiting"));
  auto idle = connect();
  ASSERT_EQ(idle.call("GET", "/echo").status, 200);
  ASSERT_TRUE(idle.closed_by_peer());  // the idle time has passed at least once
  auto idle_again = connect();
  ASSERT_EQ(idle_again.call("GET", "/echo").status, 200);
  ASSERT_TRUE(idle_again.closed_by_peer());

  loop.run([this] { held.at(0)->respond({.status = 200, .headers = {}, .body = "at last"}); });
  EXPECT_EQ(waiting.receive().value_or(EnvironmentClient::Response{}).body, "at last");
}

TEST_F(ImpatientServer, DoesNotLingerForEver) {
  auto client = connect();
  ASSERT_TRUE(client.send("POST", "/ignore", {{"Content-Length", "1000000"}}, "some"));
  EXPECT_EQ(client.receive().value_or(EnvironmentClient::Response{}).status, 200);
  EXPECT_TRUE(client.closed_by_peer());
}

}  // namespace
}  // namespace lmi::test
