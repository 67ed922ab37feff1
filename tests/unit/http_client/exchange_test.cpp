// Calls that go well, and replies that do not: against a scripted server, for both kinds of caller.

#include "support/http_upstream.hpp"
#include "unit/http_client/sending.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace lmi::http_client::test {
namespace {

using lmi::test::http_reply;
using lmi::test::HttpUpstream;
using lmi::test::UpstreamReply;
using lmi::test::UpstreamRequest;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

UpstreamReply echo(const UpstreamRequest& request) {
  return {.bytes = http_reply(200, request.method + " " + request.target + " " + request.body)};
}

class Exchange : public testing::TestWithParam<Kind> {
 protected:
  HttpResult<HttpReply> send(HttpClient& client, const HttpCall& call,
                             const HttpLimits& limits = within(patience)) const {
    return test::send(GetParam(), client, call, limits);
  }
};

INSTANTIATE_TEST_SUITE_P(Kinds, Exchange, testing::Values(Kind::blocking, Kind::coroutine),
                         [](const auto& kind) {
                           return kind.param == Kind::blocking ? "Blocking" : "Coroutine";
                         });

TEST_P(Exchange, AReplyHasStatusHeadersAndBody) {
  HttpUpstream server{[](const UpstreamRequest& request) {
    return UpstreamReply{.bytes = http_reply(404, request.body, "Set-Cookie: a\r\nset-cookie: b\r\n")};
  }};
  HttpClient client;
  const auto reply = send(client, {.method = "POST", .url = server.url("/x?y"), .body = "data"});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 404U);
  EXPECT_EQ(reply->body, "data");
  EXPECT_THAT(reply->headers.all("SET-COOKIE"), ElementsAre("a", "b"));
  EXPECT_EQ(reply->url, server.url("/x?y"));
  EXPECT_EQ(reply->attempts, 1U);
}

TEST_P(Exchange, ConnectionsAreKeptAndReused) {
  HttpUpstream server{echo};
  HttpClient client;
  for (int i = 0; i < 10; ++i) {
    const auto reply = send(client, {.url = server.url("/" + std::to_string(i))});
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->body, "GET /" + std::to_string(i) + " ");
    EXPECT_EQ(reply->connection_reused, i > 0);
  }
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_EQ(client.metrics().connections_reused, 9U);
  EXPECT_EQ(client.metrics().connections_opened, 1U);
}

TEST_P(Exchange, AConnectionThatIsToBeClosedIsNotReused) {
  HttpUpstream server{[](const UpstreamRequest&) {
    return UpstreamReply{.bytes = http_reply(200, "", "Connection: close\r\n"), .then_close = true};
  }};
  HttpClient client;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(send(client, {.url = server.url()}).value().connection_reused);
  EXPECT_EQ(server.connections(), 3U);
  EXPECT_EQ(client.metrics().stale_connections, 0U);
}

TEST_P(Exchange, AStaleConnectionIsFoundBeforeItIsUsed) {
  HttpUpstream server{echo};
  HttpClient client;
  ASSERT_TRUE(send(client, {.url = server.url()}));
  server.drop_connections();
  ASSERT_TRUE(server.wait_for_no_connections());
  // Even what must not be sent twice: nothing was sent over the dead one.
  const auto reply = send(client, {.method = "POST", .url = server.url(), .body = "once"});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(client.metrics().stale_connections, 1U);
  EXPECT_EQ(client.metrics().retries, 0U);
  EXPECT_EQ(server.requests(), 2U);
}

TEST_P(Exchange, AnAnswerNobodyAskedForIsReadByNobody) {
  HttpUpstream server{[](const UpstreamRequest& request) {
    // Two replies to the first request.
    return UpstreamReply{.bytes = request.connection == 1
                                      ? http_reply(200, "mine") + http_reply(200, "not yours")
                                      : http_reply(200, request.target)};
  }};
  HttpClient client;
  EXPECT_EQ(send(client, {.url = server.url("/a")}).value().body, "mine");
  EXPECT_EQ(send(client, {.url = server.url("/b")}).value().body, "/b");
  EXPECT_EQ(server.connections(), 2U);
}

TEST_P(Exchange, LargeBodiesGoBothWays) {
  HttpUpstream server{
      [](const UpstreamRequest& request) { return UpstreamReply{.bytes = http_reply(200, request.body)}; }};
  HttpClient client;
  std::string body(8 * 1024 * 1024, 'x');
  for (std::size_t i = 0; i < body.size(); i += 4096) body[i] = static_cast<char>('a' + (i / 4096) % 26);
  const auto reply = send(client, {.method = "PUT", .url = server.url(), .body = body});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_TRUE(reply->body == body);
}

TEST_P(Exchange, ChunksAreJoined) {
  HttpUpstream server{[](const UpstreamRequest&) {
    return UpstreamReply{.bytes =
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"};
  }};
  HttpClient client;
  EXPECT_EQ(send(client, {.url = server.url()}).value().body, "hello world");
  EXPECT_TRUE(send(client, {.url = server.url()}).value().connection_reused);
}

TEST_P(Exchange, WithoutALengthTheBodyEndsWithTheConnection) {
  HttpUpstream server{[](const UpstreamRequest&) {
    return UpstreamReply{.bytes = "HTTP/1.1 200 OK\r\n\r\nthe rest", .then_close = true};
  }};
  HttpClient client;
  EXPECT_EQ(send(client, {.url = server.url()}).value().body, "the rest");
}

TEST_P(Exchange, AHeadReplyHasNoBody) {
  HttpUpstream server{[](const UpstreamRequest&) {
    return UpstreamReply{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"};
  }};
  HttpClient client;
  EXPECT_EQ(send(client, {.method = "HEAD", .url = server.url()}).value().body, "");
  EXPECT_TRUE(send(client, {.method = "HEAD", .url = server.url()}).value().connection_reused);
}

TEST_P(Exchange, InterimRepliesAreSkipped) {
  HttpUpstream server{[](const UpstreamRequest&) {
    return UpstreamReply{.bytes = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
                                  http_reply(200, "the reply")};
  }};
  HttpClient client;
  const auto reply = send(client, {.url = server.url()}).value();
  EXPECT_EQ(reply.body, "the reply");
  EXPECT_FALSE(reply.headers.contains("Link"));
}

TEST_P(Exchange, ABodyMayWaitForThePeersConsent) {
  HttpUpstream server{echo};
  HttpClient client{{.timeouts = {.expect_continue = patience}}};
  const auto reply =
      send(client, {.method = "PUT", .url = server.url("/p"), .body = "data", .expect_continue = true});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->body, "PUT /p data");
}

TEST_P(Exchange, ABodyIsSentThoughNoConsentCame) {
  HttpUpstream server{HttpUpstream::Options{.script = echo, .on_expect = ""}};
  HttpClient client{{.timeouts = {.expect_continue = 10ms}}};
  const auto reply =
      send(client, {.method = "PUT", .url = server.url("/p"), .body = "data", .expect_continue = true});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->body, "PUT /p data");
}

TEST_P(Exchange, ABodyThatIsRefusedIsNotSent) {
  HttpUpstream server{HttpUpstream::Options{.script = echo, .on_expect = http_reply(417, "no")}};
  HttpClient client{{.timeouts = {.expect_continue = patience}}};
  const auto reply =
      send(client, {.method = "PUT", .url = server.url(), .body = "data", .expect_continue = true});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 417U);
}

TEST_P(Exchange, HeaderInjectionIsRefusedBeforeAnythingIsSent) {
  HttpUpstream server{echo};
  HttpClient client;
  const auto reply = send(client, {.url = server.url(), .headers = {{"X", "a\r\nEvil: 1"}}});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, HttpErrc::invalid_call);
  EXPECT_EQ(reply.error().attempts, 0U);
  const auto by_key = send(client, {.url = server.url(), .idempotency_key = "a\nb"});
  ASSERT_FALSE(by_key);
  EXPECT_EQ(by_key.error().code, HttpErrc::invalid_call);
  EXPECT_FALSE(send(client, {.url = server.url("/ HTTP/1.1\r\nEvil: 1\r\n")}));
  EXPECT_EQ(server.connections(), 0U);
}

TEST_P(Exchange, AHookAddsHeadersToEachAttempt) {
  HttpUpstream server{
      [](const UpstreamRequest& request) { return UpstreamReply{.bytes = http_reply(200, request.head)}; }};
  HttpClientOptions options;
  options.add_headers = [](const HttpCall& call, const HttpLimits& limits, HeaderList& headers) {
    headers.set("traceparent", "00-" + limits.trace_id + "-" + call.method);
  };
  HttpClient client{options};
  auto limits = within(patience);
  limits.trace_id = "abc";
  const auto reply = send(client, {.url = server.url(), .headers = {{"Accept", "a/b"}}}, limits).value();
  EXPECT_THAT(reply.body, HasSubstr("\r\ntraceparent: 00-abc-GET\r\n"));
  EXPECT_THAT(reply.body, HasSubstr("\r\nAccept: a/b\r\n"));
  EXPECT_THAT(reply.body, HasSubstr("\r\nUser-Agent: lmi-cpp\r\n"));
}

TEST_P(Exchange, MalformedRepliesAreErrorsAndEndTheConnection) {
  for (const std::string bytes : {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
                                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    HttpUpstream server{[&](const UpstreamRequest&) { return UpstreamReply{.bytes = bytes}; }};
    HttpClient client;
    const auto reply = send(client, {.url = server.url()});
    ASSERT_FALSE(reply) << bytes;
    EXPECT_EQ(reply.error().code, HttpErrc::protocol_error) << bytes;
    EXPECT_EQ(server.requests(), 1U);
    EXPECT_TRUE(server.wait_for_no_connections());
  }
}

TEST_P(Exchange, ACutReplyIsALostConnection) {
  HttpUpstream server{[](const UpstreamRequest&) {
    return UpstreamReply{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", .then_close = true};
  }};
  HttpClient client;
  const auto reply = send(client, {.url = server.url()});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, HttpErrc::connection_lost);
  EXPECT_EQ(reply.error().phase, HttpPhase::receiving);
  EXPECT_EQ(server.requests(), 1U);  // the reply had begun: not tried again
}

TEST_P(Exchange, ABodyOverTheLimitIsAnErrorAndEndsTheConnection) {
  HttpUpstream server{[](const UpstreamRequest& request) {
    return UpstreamReply{.bytes = http_reply(200, std::string(std::stoul(request.target.substr(1)), 'x'))};
  }};
  HttpClient client{{.max_body_bytes = 1000}};
  EXPECT_EQ(send(client, {.url = server.url("/1000")}).value().body.size(), 1000U);
  const auto larger = send(client, {.url = server.url("/1001")});
  ASSERT_FALSE(larger);
  EXPECT_EQ(larger.error().code, HttpErrc::too_large);
  EXPECT_EQ(send(client, {.url = server.url("/2000"), .max_body_bytes = 2000}).value().body.size(), 2000U);
  EXPECT_EQ(server.connections(), 2U);
}

TEST_P(Exchange, RedirectsAreFollowedOnlyWhenAskedFor) {
  HttpUpstream server{[](const UpstreamRequest& request) {
    if (request.target == "/end") return UpstreamReply{.bytes = http_reply(200, request.head + request.body)};
    const bool see_other = request.target == "/other";
    return UpstreamReply{.bytes = http_reply(see_other ? 303 : 307, "", "Location: /end\r\n")};
  }};
  HttpClient client;
  EXPECT_EQ(send(client, {.url = server.url("/start")}).value().status, 307U);

  HttpClient following{{.max_redirects = 1}};
  const auto kept = send(following, {.method = "POST", .url = server.url("/start"), .body = "data"}).value();
  EXPECT_EQ(kept.url, server.url("/end"));
  EXPECT_THAT(kept.body, HasSubstr("POST /end"));
  EXPECT_THAT(kept.body, HasSubstr("data"));
  const auto changed =
      send(following, {.method = "POST", .url = server.url("/other"), .body = "data"}).value();
  EXPECT_THAT(changed.body, HasSubstr("GET /end"));
  EXPECT_THAT(changed.body, Not(HasSubstr("data")));
}

TEST_P(Exchange, CredentialsDoNotFollowARedirectToAnotherOrigin) {
  HttpUpstream other{
      [](const UpstreamRequest& request) { return UpstreamReply{.bytes = http_reply(200, request.head)}; }};
  HttpUpstream server{[&](const UpstreamRequest& request) {
    if (request.target == "/same") return UpstreamReply{.bytes = http_reply(200, request.head)};
    const auto location = request.target == "/away" ? other.url("/x") : std::string{"/same"};
    return UpstreamReply{.bytes = http_reply(302, "", "Location: " + location + "\r\n")};
  }};
  HttpClient client{{.max_redirects = 3}};
  const HeaderList headers{{"Authorization", "secret"}, {"Cookie", "secret"}, {"X-Plain", "kept"}};
  const auto away = send(client, {.url = server.url("/away"), .headers = headers}).value().body;
  EXPECT_THAT(away, Not(HasSubstr("secret")));
  EXPECT_THAT(away, HasSubstr("X-Plain: kept"));
  EXPECT_THAT(send(client, {.url = server.url("/stay"), .headers = headers}).value().body,
              HasSubstr("Authorization: secret"));
}

TEST_P(Exchange, ALoopOfRedirectsEnds) {
  HttpUpstream server{[](const UpstreamRequest&) {
    return UpstreamReply{.bytes = http_reply(302, "", "Location: /again\r\n")};
  }};
  HttpClient client{{.max_redirects = 3}};
  EXPECT_EQ(send(client, {.url = server.url()}).value().status, 302U);
  EXPECT_EQ(server.requests(), 4U);
}

TEST(Coroutines, MayCallWithoutLimits) {
  HttpUpstream server{echo};
  HttpClient client;
  EXPECT_EQ(send_coroutine(client, {.url = server.url("/x")}).value().body, "GET /x ");
}

TEST(Connections, AreNeverMoreThanAllowedForAnOrigin) {
  HttpUpstream server{echo};
  HttpClient client{{.max_connections_per_origin = 2}};
  const std::vector<HttpCall> calls(50, HttpCall{.url = server.url()});
  for (int round = 0; round < 3; ++round) {
    for (const auto& reply : send_coroutines(client, calls, within(patience))) ASSERT_TRUE(reply);
  }
  EXPECT_LE(server.connections(), 2U);
}

TEST(Connections, OfAllOriginsShareOneLimitAndAnIdleOneMakesRoom) {
  HttpUpstream first{echo};
  HttpUpstream second{echo};
  HttpUpstream third{echo};
  HttpClient client{{.max_connections = 2}};
  for (int round = 0; round < 3; ++round) {
    for (const auto* server : {&first, &second, &third}) {
      const auto reply = client.send({.url = server->url()}, within(patience));
      ASSERT_TRUE(reply) << reply.error().message;
      EXPECT_LE(client.metrics().connections_open, 2U);
    }
  }
}

TEST(Connections, ToManyOriginsAtOnceWaitForTheCommonLimit) {
  HttpUpstream first{echo};
  HttpUpstream second{echo};
  HttpUpstream third{echo};
  HttpClient client{{.max_connections = 1}};
  std::vector<std::thread> callers;
  for (const auto* server : {&first, &second, &third}) {
    callers.emplace_back([&client, server] {
      for (int i = 0; i < 10; ++i) {
        const auto reply = client.send({.url = server->url()}, within(patience));
        EXPECT_TRUE(reply) << reply.error().message;
      }
    });
  }
  for (auto& caller : callers) caller.join();
}

TEST(Connections, IdleForTooLongAreNotUsedAgain) {
  HttpUpstream server{echo};
  HttpClient client{{.idle_timeout = 1ms}};
  ASSERT_TRUE(client.send({.url = server.url()}, within(patience)));
  ASSERT_TRUE(server.wait_for_no_connections());  // closed by the client, while nobody calls
  EXPECT_FALSE(client.send({.url = server.url()}, within(patience)).value().connection_reused);
}

TEST(Connections, AreClosedWithTheClient) {
  HttpUpstream server{echo};
  {
    HttpClient client;
    ASSERT_TRUE(client.send({.url = server.url()}));
  }
  EXPECT_TRUE(server.wait_for_no_connections());
}

TEST(Connections, ToEverMoreOriginsDoNotPileUp) {
  HttpUpstream server{echo};
  HttpClientOptions options;
  options.resolve = [](const std::string&) { return std::vector<std::string>{"127.0.0.1"}; };
  HttpClient client{options};
  for (int i = 0; i < 80; ++i) {
    ASSERT_TRUE(client.send({.url = server.url("/", "host-" + std::to_string(i) + ".example")}));
  }
  EXPECT_LE(client.metrics().connections_open, 64U);
}

TEST(HttpErrors, BecomeTheInvocationsErrorWhenNobodyLooksAtThem) {
  HttpClient client;
  try {
    (void)client.send({.url = "nonsense"}).value();
    FAIL() << "no exception";
  } catch (const Error& error) {
    EXPECT_EQ(error.type, "HttpInvalidCall");
  }
}

}  // namespace
}  // namespace lmi::http_client::test
