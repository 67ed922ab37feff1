// Who gets which invocation: cases E1–E10, E39 and E60–E64 of the Runtime API contract, played over real
// sockets.
#include "support/environment_harness.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace lmi::test {
namespace {

using Kind = emulator::environment::Outcome::Kind;
using Outcome = emulator::environment::Outcome;

Outcome result(std::future<Outcome>& call) {
  if (call.wait_for(patience) != std::future_status::ready) throw std::runtime_error("no outcome");
  return call.get();
}

std::string request_id_of(const std::optional<EnvironmentClient::Response>& event) {
  return event ? event->header("lambda-runtime-aws-request-id") : "<no event>";
}

TEST(Invocations, E01_AWaitingPollGetsTheEventAndTheCallerItsAnswer) {
  EnvironmentHarness ee;
  ee.start_ready();

  auto call = ee.invoke("id-1", R"({"a":1})");
  const auto event = ee.first_poll->receive();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->status, 200);
  EXPECT_EQ(event->body, R"({"a":1})");
  EXPECT_EQ(request_id_of(event), "id-1");
  EXPECT_EQ(event->header("content-type"), "application/json");
  EXPECT_EQ(event->header("lambda-runtime-invoked-function-arn"), ee.spec.function_arn);

  const auto reply = ee.first_poll->call("POST", invocation_path("id-1", "response"),
                                         {{"Content-Type", "text/x-test"}}, "done");
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(reply.body, "{\"status\":\"OK\"}\n");
  EXPECT_EQ(reply.header("content-type"), "application/json");

  const auto outcome = result(call);
  EXPECT_EQ(outcome.kind, Kind::success);
  EXPECT_EQ(outcome.body, "done");
  EXPECT_EQ(outcome.content_type, "text/x-test");
  EXPECT_FALSE(outcome.streamed);
}

TEST(Invocations, TheDeadlineIsNowPlusTheTimeoutAndEmptyHeadersAreLeftOut) {
  EnvironmentHarness ee;
  ee.spec.timeout = std::chrono::minutes{15};
  ee.start_ready();
  const auto epoch_ms = [] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  const auto before = epoch_ms();

  auto call = ee.invoke("id-1");
  const auto event = ee.first_poll->receive();
  const auto after = epoch_ms();
  ASSERT_TRUE(event);
  const auto deadline = std::stoll(event->header("lambda-runtime-deadline-ms"));
  EXPECT_GE(deadline, before + 900'000);
  EXPECT_LE(deadline, after + 900'000);
  for (const char* optional : {"lambda-runtime-trace-id", "lambda-runtime-client-context",
                               "lambda-runtime-cognito-identity", "lambda-runtime-aws-tenant-id"}) {
    EXPECT_FALSE(event->has(optional)) << optional;
  }
}

TEST(Invocations, OptionalHeadersAreGivenWhenThereIsSomethingInThem) {
  EnvironmentHarness ee;
  ee.start_ready();
  EnvironmentHarness::Invocation invocation;
  invocation.request_id = "id-1";
  invocation.invoked_arn = "arn:aws:lambda:us-east-1:000000000000:function:test_function:live";
  invocation.client_context = R"({"custom":{"a":"b"}})";
  invocation.cognito_identity = R"({"cognitoIdentityId":"x"})";
  invocation.tenant_id = "tenant\r\nInjected: yes";

  auto call = ee.invoke(invocation);
  const auto event = ee.first_poll->receive();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->header("lambda-runtime-invoked-function-arn"), invocation.invoked_arn);
  EXPECT_EQ(event->header("lambda-runtime-client-context"), invocation.client_context);
  EXPECT_EQ(event->header("lambda-runtime-cognito-identity"), invocation.cognito_identity);
  EXPECT_EQ(event->header("lambda-runtime-aws-tenant-id"), "tenant  Injected: yes");
  EXPECT_FALSE(event->has("injected"));
}

TEST(Invocations, E02_WithoutAWaitingPollTheCallIsRefusedAtOnce) {
  EnvironmentHarness ee;
  ee.start_ready();
  auto taken = ee.invoke("id-1");
  ASSERT_TRUE(ee.first_poll->receive());

  auto call = ee.invoke("id-2");
  const auto outcome = result(call);
  EXPECT_EQ(outcome.kind, Kind::refused);
  EXPECT_EQ(outcome.error_type, "Runtime.Unavailable");
  EXPECT_EQ(outcome.body, error_payload("Runtime.Unavailable"));
  EXPECT_EQ(outcome.content_type, "application/json");
}

TEST(Invocations, E03_ThePollThatWaitedLongestGetsTheInvocation) {
  EnvironmentHarness ee;
  ee.start_ready();
  auto second = ee.poll();

  auto call = ee.invoke("id-1");
  EXPECT_EQ(request_id_of(ee.first_poll->receive()), "id-1");
  EXPECT_EQ(ee.stats().idle_polls, 1U);
  auto next_call = ee.invoke("id-2");
  EXPECT_EQ(request_id_of(second.receive()), "id-2");
}

TEST(Invocations, E04_TwoInFlightAnsweredInReverseOrderEachGetTheirOwnBody) {
  EnvironmentHarness ee;
  ee.start_ready();
  auto second = ee.poll();
  auto call_1 = ee.invoke("id-1");
  auto call_2 = ee.invoke("id-2");
  ASSERT_TRUE(ee.first_poll->receive());
  ASSERT_TRUE(second.receive());

  EXPECT_EQ(second.call("POST", invocation_path("id-2", "response"), {}, "two").status, 202);
  EXPECT_EQ(result(call_2).body, "two");
  EXPECT_EQ(ee.first_poll->call("POST", invocation_path("id-1", "response"), {}, "one").status, 202);
  EXPECT_EQ(result(call_1).body, "one");
  EXPECT_EQ(ee.stats().peak_in_flight, 2U);
  EXPECT_EQ(ee.stats().invocations, 2U);
  EXPECT_EQ(ee.stats().in_flight, 0U);
}

TEST(Invocations, E05_MorePollsThanTheLimitAreAllHeldButNotAllGetWork) {
  EnvironmentHarness ee;
  ee.spec.max_concurrency = "2";
  ee.start_ready();
  std::vector<EnvironmentClient> more;
  for (int i = 0; i < 4; ++i) more.push_back(ee.poll());
  EXPECT_EQ(ee.stats().idle_polls, 5U);

  // The official emulator would deliver all three; AWS promises never more than the limit.
  auto call_1 = ee.invoke("id-1");
  auto call_2 = ee.invoke("id-2");
  auto call_3 = ee.invoke("id-3");
  const auto outcome = result(call_3);
  EXPECT_EQ(outcome.kind, Kind::refused);
  EXPECT_EQ(outcome.error_type, "Runtime.Unavailable");
  EXPECT_EQ(ee.stats().in_flight, 2U);
  EXPECT_EQ(ee.stats().idle_polls, 3U);
}

TEST(Invocations, E07_AnIdInFlightIsRefusedAndThePollKept) {
  EnvironmentHarness ee;
  ee.start_ready();
  auto second = ee.poll();
  auto call = ee.invoke("same");
  ASSERT_TRUE(ee.first_poll->receive());

  auto duplicate = ee.invoke("same");
  const auto outcome = result(duplicate);
  EXPECT_EQ(outcome.kind, Kind::refused);
  EXPECT_EQ(outcome.error_type, "Client.DuplicatedInvokeId");
  EXPECT_EQ(ee.stats().idle_polls, 1U);
}

TEST(Invocations, E08_AnyTextIsARequestId) {
  EnvironmentHarness ee;
  ee.start_ready();
  auto call = ee.invoke("not a uuid/%41");
  EXPECT_EQ(request_id_of(ee.first_poll->receive()), "not a uuid/%41");

  const auto reply =
      ee.first_poll->call("POST", invocation_path("not%20a%20uuid%2F%2541", "response"), {}, "ok");
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(result(call).body, "ok");
}

TEST(Invocations, E09_AnUnknownIdIsInvalid) {
  EnvironmentHarness ee;
  ee.start_ready();
  auto client = ee.connect();
  for (const char* verb : {"response", "error"}) {
    const auto reply = client.call("POST", invocation_path("nobody", verb), {}, "");
    EXPECT_EQ(reply.status, 400) << verb;
    EXPECT_EQ(reply.body, "{\"errorMessage\":\"Invalid request ID\",\"errorType\":\"InvalidRequestID\"}\n")
        << verb;
  }
}

TEST(Invocations, E10_ACompletedIdIsInvalid) {
  EnvironmentHarness ee;
  ee.start_ready();
  auto call = ee.invoke("id-1");
  ASSERT_TRUE(ee.first_poll->receive());
  ASSERT_EQ(ee.first_poll->call("POST", invocation_path("id-1", "response"), {}, "x").status, 202);

  EXPECT_EQ(ee.first_poll->call("POST", invocation_path("id-1", "response"), {}, "x").status, 400);
  EXPECT_EQ(ee.connect().call("POST", invocation_path("id-1", "error"), {}, "x").status, 400);
  EXPECT_EQ(result(call).kind, Kind::success);
}

TEST(Invocations, E39_ACallDuringInitialisationWaitsForItsEnd) {
  EnvironmentHarness ee;
  ee.start();
  auto call = ee.invoke("early", "payload");
  EXPECT_EQ(ee.stats().invocations, 0U);

  auto runtime = ee.connect();
  ASSERT_TRUE(runtime.send("GET", next_path));
  const auto event = runtime.receive();
  EXPECT_EQ(request_id_of(event), "early");
  EXPECT_EQ(runtime.call("POST", invocation_path("early", "response"), {}, "served").status, 202);
  EXPECT_EQ(result(call).body, "served");
}

class Payloads : public testing::TestWithParam<std::size_t> {};
TEST_P(Payloads, E60_ArriveWhole) {
  EnvironmentHarness ee;
  ee.start_ready();
  std::string payload(GetParam(), 'x');
  for (std::size_t i = 0; i < payload.size(); i += 4093) payload[i] = static_cast<char>(i % 251);

  auto call = ee.invoke("id-1", payload);
  const auto event = ee.first_poll->receive();
  ASSERT_TRUE(event);
  EXPECT_TRUE(event->body == payload);
  ASSERT_EQ(ee.first_poll
                ->call("POST", invocation_path("id-1", "response"), {{"Transfer-Encoding", "chunked"}},
                       chunked(payload.substr(0, 1 << 20)))
                .status,
            202);
  EXPECT_TRUE(result(call).body == payload.substr(0, 1 << 20));
}
INSTANTIATE_TEST_SUITE_P(Sizes, Payloads, testing::Values(0, 1, 70'000, 10'000'000));

TEST(Invocations, E61_TheTraceIdIsPassedOn) {
  EnvironmentHarness ee;
  ee.start_ready();
  EnvironmentHarness::Invocation invocation;
  invocation.request_id = "id-1";
  invocation.trace_id = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
  auto call = ee.invoke(invocation);
  const auto event = ee.first_poll->receive();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->header("lambda-runtime-trace-id"), invocation.trace_id);
}

// The official emulator cancels an invocation whose caller disconnects, and answers the runtime 400. Lambda
// does not: the function runs on. We do as Lambda: a caller here is a callback, and nothing it does can take
// the invocation back. So a caller that stopped caring changes nothing for the runtime.
TEST(Invocations, E62_ACallerThatLeavesDoesNotCancelItsInvocation) {
  EnvironmentHarness ee;
  ee.start_ready();
  { const auto abandoned = ee.invoke("id-1"); }
  ASSERT_TRUE(ee.first_poll->receive());
  EXPECT_EQ(ee.first_poll->call("POST", invocation_path("id-1", "response"), {}, "late").status, 202);
}

class LeavingPoller : public testing::TestWithParam<bool> {};
TEST_P(LeavingPoller, E63_DoesNotGetTheNextInvocation) {
  EnvironmentHarness ee;
  ee.start_ready();
  auto alive = ee.poll();
  ee.first_poll->close(GetParam());
  ASSERT_TRUE(ee.await_idle_polls(1));

  auto call = ee.invoke("id-1");
  EXPECT_EQ(request_id_of(alive.receive()), "id-1");
  EXPECT_EQ(alive.call("POST", invocation_path("id-1", "response"), {}, "alive").status, 202);
  EXPECT_EQ(result(call).body, "alive");
}
INSTANTIATE_TEST_SUITE_P(ByFinOrReset, LeavingPoller, testing::Bool());

TEST(Invocations, E64_AnEchoOfAnotherAttemptIsLateAndTheRightOneStillAccepted) {
  EnvironmentHarness ee;
  ee.start_ready();
  auto call = ee.invoke("id-1");
  const auto event = ee.first_poll->receive();
  ASSERT_TRUE(event);
  const auto nonce = event->header("lambda-runtime-invocation-id");
  ASSERT_FALSE(nonce.empty());

  for (const char* verb : {"response", "error"}) {
    const auto wrong = ee.connect().call("POST", invocation_path("id-1", verb),
                                         {{"Lambda-Runtime-Invocation-Id", "another"}}, "wrong");
    EXPECT_EQ(wrong.status, 410) << verb;
    EXPECT_EQ(wrong.body, "{\"errorMessage\":\"Invoke timeout\",\"errorType\":\"InvokeTimeout\"}\n") << verb;
  }
  EXPECT_EQ(ee.first_poll
                ->call("POST", invocation_path("id-1", "response"), {{"Lambda-Runtime-Invocation-Id", nonce}},
                       "right")
                .status,
            202);
  EXPECT_EQ(result(call).body, "right");
}

TEST(Invocations, E64_WithoutAnEchoNothingIsChecked) {
  EnvironmentHarness ee;
  ee.start_ready();
  auto call = ee.invoke("id-1");
  ASSERT_TRUE(ee.first_poll->receive());
  EXPECT_EQ(ee.first_poll->call("POST", invocation_path("id-1", "response"), {}, "plain").status, 202);
  EXPECT_EQ(result(call).body, "plain");
}

TEST(Invocations, EveryAttemptHasANonceOfItsOwn) {
  EnvironmentHarness ee;
  ee.start_ready();
  std::set<std::string> nonces;
  for (int i = 0; i < 20; ++i) {
    auto call = ee.invoke("same-id");
    const auto event = ee.first_poll->receive();
    ASSERT_TRUE(event);
    nonces.insert(event->header("lambda-runtime-invocation-id"));
    ASSERT_EQ(ee.first_poll->call("POST", invocation_path("same-id", "response"), {}, "").status, 202);
    ASSERT_TRUE(ee.first_poll->send("GET", next_path));
    ASSERT_TRUE(ee.await_idle_polls(1));
  }
  EXPECT_EQ(nonces.size(), 20U);
}

TEST(Invocations, WithPatienceACallWaitsForThePollOfAFreeSlot) {
  EnvironmentHarness ee;
  ee.spec.repoll_grace = patience;
  ee.start_ready();
  auto first = ee.invoke("id-1");
  ASSERT_TRUE(ee.first_poll->receive());

  auto second = ee.invoke("id-2");  // no poll waits, but seven slots are free
  auto other = ee.connect();
  ASSERT_TRUE(other.send("GET", next_path));
  EXPECT_EQ(request_id_of(other.receive()), "id-2");
}

TEST(Invocations, AWebPageCannotTakeAnInvocation) {
  EnvironmentHarness ee;
  ee.start_ready();
  EXPECT_EQ(ee.connect().call("GET", next_path, {{"Origin", "http://evil.example"}}).status, 403);
  EnvironmentClient rebound = ee.connect();
  ASSERT_TRUE(rebound.send_raw(std::string("GET ") + next_path + " HTTP/1.1\r\nHost: evil.example\r\n\r\n"));
  const auto reply = rebound.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 403);
  EXPECT_EQ(ee.stats().idle_polls, 1U);
}

TEST(Invocations, ManyAtOnceEachGetTheirOwnAnswer) {
  EnvironmentHarness ee;
  constexpr int slots = 32;
  constexpr int rounds = 10;
  ee.spec.max_concurrency = std::to_string(slots);
  ee.start();
  std::vector<EnvironmentClient> runtime;
  for (int i = 0; i < slots; ++i) runtime.push_back(ee.poll());

  for (int round = 0; round < rounds; ++round) {
    std::vector<std::future<Outcome>> calls;
    for (int i = 0; i < slots; ++i)
      calls.push_back(ee.invoke(std::to_string(round) + "-" + std::to_string(i)));
    for (auto& poll : runtime) {
      const auto id = request_id_of(poll.receive());
      ASSERT_EQ(poll.call("POST", invocation_path(id, "response"), {}, "for " + id).status, 202);
      ASSERT_TRUE(poll.send("GET", next_path));
    }
    for (int i = 0; i < slots; ++i) {
      EXPECT_EQ(result(calls[static_cast<std::size_t>(i)]).body,
                "for " + std::to_string(round) + "-" + std::to_string(i));
    }
    ASSERT_TRUE(ee.await_idle_polls(slots));
  }
  EXPECT_EQ(ee.stats().peak_in_flight, static_cast<unsigned>(slots));
  EXPECT_EQ(ee.stats().invocations, static_cast<std::uint64_t>(slots * rounds));
}

}  // namespace
}  // namespace lmi::test
