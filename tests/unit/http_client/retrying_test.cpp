// What is sent again, and above all what is not: counted by the server.

#include "support/http_upstream.hpp"
#include "unit/http_client/sending.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lmi::http_client::test {
namespace {

using lmi::test::http_reply;
using lmi::test::HttpUpstream;
using lmi::test::UpstreamReply;
using lmi::test::UpstreamRequest;
using namespace std::chrono_literals;

/// Drops the connection instead of answering, `times` times.
HttpUpstream::Script dropping(unsigned times, bool by_reset = false) {
  return [count = std::make_shared<std::atomic<unsigned>>(0), times, by_reset](const UpstreamRequest&) {
    if (++*count > times) return UpstreamReply{.bytes = http_reply(200, "at last")};
    return UpstreamReply{.bytes = "", .then_close = !by_reset, .then_reset = by_reset};
  };
}

HttpUpstream::Script failing(unsigned status, unsigned times, const std::string& headers = {}) {
  return
      [count = std::make_shared<std::atomic<unsigned>>(0), status, times, headers](const UpstreamRequest&) {
        return UpstreamReply{.bytes = ++*count > times ? http_reply(200, "at last")
                                                       : http_reply(status, "", headers)};
      };
}

class Retrying : public testing::TestWithParam<Kind> {
 protected:
  HttpResult<HttpReply> send(HttpClient& client, const HttpCall& call) const {
    return test::send(GetParam(), client, call);
  }
};

INSTANTIATE_TEST_SUITE_P(Kinds, Retrying, testing::Values(Kind::blocking, Kind::coroutine),
                         [](const auto& kind) {
                           return kind.param == Kind::blocking ? "Blocking" : "Coroutine";
                         });

TEST_P(Retrying, AnIdempotentRequestIsSentAgainWhenNoReplyBegan) {
  for (const char* method : {"GET", "PUT", "DELETE", "OPTIONS"}) {
    for (const bool by_reset : {false, true}) {
      HttpUpstream server{dropping(2, by_reset)};
      HttpClient client;
      const auto reply = send(client, {.method = method, .url = server.url(), .body = "x"});
      ASSERT_TRUE(reply) << method << ": " << reply.error().message;
      EXPECT_EQ(reply->attempts, 3U);
      EXPECT_EQ(server.requests(), 3U);
    }
  }
}

TEST_P(Retrying, APostIsNeverSentTwice) {
  for (const bool by_reset : {false, true}) {
    HttpUpstream server{dropping(1, by_reset)};
    HttpClient client;
    const auto reply = send(client, {.method = "POST", .url = server.url(), .body = "x"});
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, HttpErrc::connection_lost);
    EXPECT_EQ(reply.error().attempts, 1U);
    EXPECT_EQ(server.requests(), 1U);
  }
  HttpUpstream busy{failing(503, 1)};
  HttpClient client;
  EXPECT_EQ(send(client, {.method = "POST", .url = busy.url()}).value().status, 503U);
  EXPECT_EQ(send(client, {.method = "PATCH", .url = busy.url()}).value().status, 200U);
  EXPECT_EQ(busy.requests(), 2U);
}

TEST_P(Retrying, APostOverAConnectionThatDiesInThatMomentIsNotSentTwice) {
  // The second request of a connection is dropped: what a server does that closes an idle connection just
  // then.
  HttpUpstream server{[](const UpstreamRequest& request) {
    if (request.nth == 1) return UpstreamReply{.bytes = http_reply(200, "")};
    return UpstreamReply{.bytes = "", .then_close = true};
  }};
  HttpClient client;
  ASSERT_TRUE(send(client, {.url = server.url()}));
  EXPECT_FALSE(send(client, {.method = "POST", .url = server.url()}));
  EXPECT_EQ(server.requests(), 2U);
  // A GET is, over a new one.
  ASSERT_TRUE(send(client, {.url = server.url()}));
  EXPECT_TRUE(send(client, {.url = server.url()}));
  EXPECT_EQ(server.requests(), 5U);
}

TEST_P(Retrying, APostWithAnIdempotencyKeyIsSentAgainWithTheSameKey) {
  std::mutex mutex;
  std::vector<std::string> keys;
  HttpUpstream server{[&](const UpstreamRequest& request) {
    const std::lock_guard lock{mutex};
    keys.push_back(request.headers.at("idempotency-key"));
    if (keys.size() < 3) return UpstreamReply{.bytes = "", .then_close = true};
    return UpstreamReply{.bytes = http_reply(201, "")};
  }};
  HttpClient client;
  const HttpCall call{.method = "POST", .url = server.url(), .body = "x", .idempotency_key = "order-17"};
  EXPECT_EQ(send(client, call).value().status, 201U);
  EXPECT_EQ(keys, std::vector<std::string>(3, "order-17"));
}

TEST_P(Retrying, FourStatusesAreTriedAgainAndOthersNot) {
  for (const unsigned status : {429U, 502U, 503U, 504U}) {
    HttpUpstream server{failing(status, 2)};
    HttpClient client;
    EXPECT_EQ(send(client, {.url = server.url()}).value().status, 200U) << status;
    EXPECT_EQ(server.requests(), 3U);
  }
  for (const unsigned status : {400U, 404U, 408U, 500U, 501U}) {
    HttpUpstream server{failing(status, 2)};
    HttpClient client;
    EXPECT_EQ(send(client, {.url = server.url()}).value().status, status);
    EXPECT_EQ(server.requests(), 1U);
  }
}

TEST_P(Retrying, TheLastReplyIsReturnedWhenAttemptsAreUsedUp) {
  HttpUpstream server{failing(503, 100)};
  HttpClient client{{.retries = {.max_attempts = 4, .first_delay = 1ms}}};
  const auto reply = send(client, {.url = server.url()}).value();
  EXPECT_EQ(reply.status, 503U);
  EXPECT_EQ(reply.attempts, 4U);
  EXPECT_EQ(server.requests(), 4U);
}

TEST_P(Retrying, RetryAfterIsAtLeastWaited) {
  HttpUpstream server{failing(503, 1, "Retry-After: 1\r\n")};
  HttpClient client{{.retries = {.first_delay = 1ms}}};
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(send(client, {.url = server.url()}).value().status, 200U);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 1s);  // a lower bound: true on any machine
}

TEST_P(Retrying, ARetryAfterThatCannotBeWaitedForReturnsTheReply) {
  HttpUpstream server{failing(503, 1, "Retry-After: 3600\r\n")};
  HttpClient client{{.timeouts = {.total = 24h}, .retries = {.longest_retry_after = 1min}}};
  EXPECT_EQ(send(client, {.url = server.url()}).value().status, 503U);
  HttpUpstream beyond_deadline{failing(503, 1, "Retry-After: 120\r\n")};
  HttpClient patient{{.retries = {.longest_retry_after = 1h}}};
  EXPECT_EQ(send(patient, {.url = beyond_deadline.url()}).value().status, 503U);
  EXPECT_EQ(beyond_deadline.requests(), 1U);
}

TEST_P(Retrying, TheBudgetKeepsAnOutageFromBeingMultiplied) {
  HttpUpstream server{failing(503, 100'000)};
  HttpClient client{{.retries = {.max_attempts = 3, .first_delay = 0ms, .budget = 5, .budget_refill = 0.1}}};
  for (int i = 0; i < 100; ++i) EXPECT_EQ(send(client, {.url = server.url()}).value().status, 503U);
  EXPECT_LE(server.requests(), 100U + 5U + 10U);  // not 300
  EXPECT_GT(client.metrics().retries_over_budget, 0U);
  EXPECT_EQ(client.metrics().attempts, server.requests());
}

TEST_P(Retrying, NobodyListensIsAnErrorAfterTheAttemptsWhateverTheMethod) {
  HttpUpstream gone{failing(200, 0)};
  gone.stop();
  HttpClient client{{.retries = {.max_attempts = 2, .first_delay = 1ms}}};
  const auto reply = send(client, {.method = "POST", .url = gone.url()});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, HttpErrc::connect_failed) << reply.error().message;
  EXPECT_EQ(reply.error().phase, HttpPhase::connecting);
  EXPECT_EQ(reply.error().attempts, 0U);
  EXPECT_EQ(client.metrics().retries, 1U);
}

TEST_P(Retrying, ANameWithoutAddressIsAnError) {
  HttpClientOptions options{.retries = {.max_attempts = 2, .first_delay = 1ms}};
  options.resolve = [](const std::string&) { return std::vector<std::string>{}; };
  HttpClient client{options};
  const auto reply = send(client, {.url = "http://nowhere.example/"});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, HttpErrc::resolve_failed);
}

TEST_P(Retrying, TheNextAddressIsTriedWhenOneRefuses) {
  HttpUpstream server{failing(200, 0)};
  HttpClientOptions options;
  options.resolve = [](const std::string&) { return std::vector<std::string>{"127.0.0.77", "127.0.0.1"}; };
  HttpClient client{options};
  EXPECT_EQ(send(client, {.url = server.url("/", "both.example")}).value().status, 200U);
  EXPECT_EQ(client.metrics().retries, 0U);
}

TEST_P(Retrying, TheSystemsResolverFindsLocalhost) {
  HttpUpstream server{failing(200, 0)};
  HttpClient client;
  EXPECT_EQ(send(client, {.url = server.url("/", "localhost")}).value().status, 200U);
}

}  // namespace
}  // namespace lmi::http_client::test
