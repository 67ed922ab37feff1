// What happens when things overlap: answers with answers, answers with timeouts. Cases E11–E15, E28, E30 and
// E31, in virtual time and with requests whose bodies arrive when the test says so.
#include "support/environment_virtual.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lmi::test {
namespace {

using namespace std::chrono_literals;
using Kind = emulator::environment::Outcome::Kind;

const std::string response_path = invocation_path("id-1", "response");
const std::string error_path = invocation_path("id-1", "error");

/// An environment with a timeout of 3 s and one invocation, "id-1", just delivered.
class Overlaps : public testing::Test {
 protected:
  void SetUp() override {
    ee.spec.timeout = 3s;
    ee.start_ready();
    call = ee.invoke("id-1");
    ASSERT_EQ(ee.stats().in_flight, 1U);
  }
  VirtualEnvironment ee;
  std::shared_ptr<VirtualEnvironment::Call> call;
};

TEST_F(Overlaps, E11_ASecondResponseDuringTheFirstIsInvalidAndTheFirstUnaffected) {
  const auto first = ee.request("POST", response_path);
  EXPECT_EQ(ee.request("POST", response_path)->status(), 400);
  EXPECT_EQ(first->status(), 0U);

  first->body_arrives("first");
  ee.loop.run_until_idle();
  EXPECT_EQ(first->status(), 202U);
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->body, "first");
}

TEST_F(Overlaps, E12_ATimeoutAnswersOnlyItsCaller) {
  ee.poll();
  ee.loop.advance(1s);
  const auto sibling = ee.invoke("id-2");
  ee.loop.advance(1999ms);
  EXPECT_FALSE(call->outcome);

  ee.loop.advance(1ms);
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->kind, Kind::function_error);
  EXPECT_EQ(call->outcome->error_type, "Sandbox.Timedout");
  EXPECT_EQ(call->outcome->body,
            R"({"errorType":"Sandbox.Timedout","errorMessage":"Task timed out after 3.00 seconds"})");
  EXPECT_EQ(call->outcome->duration, 3s);
  EXPECT_FALSE(sibling->outcome);
  EXPECT_TRUE(ee.supervisor.find("bootstrap")->signals.empty());
  EXPECT_EQ(ee.post(invocation_path("id-2", "response"), "fine")->status(), 202U);
  ASSERT_TRUE(sibling->outcome);
  EXPECT_EQ(sibling->outcome->body, "fine");
}

TEST_F(Overlaps, E12_TimedOutCodeKeepsItsSlotUntilItAnswers) {
  ee.loop.advance(3s);
  EXPECT_EQ(ee.stats().in_flight, 1U);
  EXPECT_EQ(ee.slots_freed, 0U);
  ee.post(response_path);
  EXPECT_EQ(ee.stats().in_flight, 0U);
  EXPECT_EQ(ee.slots_freed, 1U);
}

TEST(Timeouts, E12_SlotsHeldByTimedOutCodeAreNotGivenOut) {
  VirtualEnvironment ee;
  ee.spec.max_concurrency = "1";
  ee.spec.timeout = 3s;
  ee.start_ready();
  ee.invoke("id-1");
  ee.poll();  // a runtime that polls on while its handler is stuck
  ee.loop.advance(3s);

  const auto refused = ee.invoke("id-2");
  ASSERT_TRUE(refused->outcome);
  EXPECT_EQ(refused->outcome->error_type, "Runtime.Unavailable");
  EXPECT_EQ(ee.post(response_path)->status(), 410U);
  EXPECT_FALSE(ee.invoke("id-3")->outcome);  // delivered
  EXPECT_EQ(ee.stats().in_flight, 1U);
}

TEST_F(Overlaps, E13_TheFirstLateResponseGets410TheSecond400) {
  ee.loop.advance(3s);
  const auto late = ee.post(response_path);
  EXPECT_EQ(late->status(), 410U);
  EXPECT_EQ(late->response->body, "{\"errorMessage\":\"Invoke timeout\",\"errorType\":\"InvokeTimeout\"}\n");
  EXPECT_EQ(ee.post(response_path)->status(), 400U);
}

TEST_F(Overlaps, E14_ALateErrorGets410AndAResponseAfterIt400) {
  ee.loop.advance(3s);
  EXPECT_EQ(ee.post(error_path)->status(), 410U);
  EXPECT_EQ(ee.post(response_path)->status(), 400U);
  EXPECT_EQ(ee.stats().in_flight, 0U);
}

TEST(Timeouts, E15_TheOldestOf1001TimeoutsIsForgotten) {
  VirtualEnvironment ee;
  ee.spec.max_concurrency = "2000";
  ee.spec.timeout = 3s;
  ee.start();
  for (int i = 0; i <= 1000; ++i) {
    ee.poll();
    ee.invoke(std::to_string(i));
    ee.loop.advance(1ms);
  }
  ee.loop.advance(3s);
  EXPECT_EQ(ee.post(invocation_path("0", "response"))->status(), 400U);
  EXPECT_EQ(ee.post(invocation_path("1", "response"))->status(), 410U);
  EXPECT_EQ(ee.post(invocation_path("1000", "response"))->status(), 410U);
  EXPECT_EQ(ee.stats().in_flight, 998U);  // the forgotten one's slot is free again as well
}

TEST_F(Overlaps, ATimeoutCountsWhileTheResponseUploads) {  // the official emulator stops the clock here
  const auto upload = ee.request("POST", response_path);
  ee.loop.advance(3s);
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->error_type, "Sandbox.Timedout");
  EXPECT_EQ(ee.post(error_path)->status(), 400U);  // the first answer is still on its way

  upload->body_arrives("too late");
  ee.loop.run_until_idle();
  EXPECT_EQ(upload->status(), 410U);
  EXPECT_EQ(ee.stats().in_flight, 0U);
}

TEST_F(Overlaps, AnAttemptThatTimedOutCanBeToldFromItsRetry) {
  ee.loop.advance(3s);
  const auto second_poll = ee.poll();
  const auto retry = ee.invoke("id-1");
  const std::string nonce{second_poll->response->headers.get("Lambda-Runtime-Invocation-Id")};
  EXPECT_EQ(ee.stats().in_flight, 2U);

  EXPECT_EQ(ee.post(response_path, "right", {{"Lambda-Runtime-Invocation-Id", nonce}})->status(), 202U);
  ASSERT_TRUE(retry->outcome);
  EXPECT_EQ(retry->outcome->body, "right");
  EXPECT_EQ(ee.post(response_path, "late")->status(), 410U);
  EXPECT_EQ(ee.stats().in_flight, 0U);
}

TEST_F(Overlaps, E28_AnInvocationLeftOpenByATooLargeErrorTimesOut) {
  const auto error = ee.request("POST", error_path);
  EXPECT_EQ(error->body_limit, 1'048'576U);
  error->body_arrives("", emulator::http::BodyEnd::too_large);
  ee.loop.run_until_idle();
  EXPECT_EQ(error->status(), 413U);
  EXPECT_FALSE(call->outcome);

  ee.loop.advance(3s);
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->error_type, "Sandbox.Timedout");
}

TEST_F(Overlaps, E30_AnErrorDuringAStreamCountsOnceTheStreamEnds) {
  const auto stream =
      ee.request("POST", response_path, {{"Lambda-Runtime-Function-Response-Mode", "streaming"}});
  const auto error = ee.post(error_path, R"({"errorMessage":"m"})",
                             {{"Lambda-Runtime-Function-Error-Type", "Function.Midway"}});
  EXPECT_EQ(error->status(), 0U);
  EXPECT_FALSE(call->outcome);

  stream->body_arrives("all of it");
  ee.loop.run_until_idle();
  EXPECT_EQ(error->status(), 202U);
  EXPECT_EQ(stream->status(), 500U);  // the official emulator drops the connection here
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->kind, Kind::function_error);
  EXPECT_EQ(call->outcome->error_type, "Function.Midway");
  EXPECT_EQ(call->outcome->body, R"({"errorMessage":"m"})");
}

TEST_F(Overlaps, E31_ASecondErrorWhileOneIsPendingIsInvalid) {
  const auto stream = ee.request("POST", response_path);
  const auto pending = ee.post(error_path);
  EXPECT_EQ(ee.post(error_path)->status(), 400U);
  EXPECT_EQ(pending->status(), 0U);
  stream->body_arrives("");
  ee.loop.run_until_idle();
  EXPECT_EQ(pending->status(), 202U);
}

TEST_F(Overlaps, E31_ASecondErrorDuringTheFirstsUploadIsInvalid) {
  const auto first = ee.request("POST", error_path);
  EXPECT_EQ(ee.request("POST", error_path)->status(), 400U);
  EXPECT_EQ(ee.request("POST", response_path)->status(), 400U);
  first->body_arrives("{}");
  ee.loop.run_until_idle();
  EXPECT_EQ(first->status(), 202U);
}

TEST(Patience, ACallGivesUpWhenNoPollComesInTime) {
  VirtualEnvironment ee;
  ee.spec.max_concurrency = "2";
  ee.spec.repoll_grace = 100ms;
  ee.start_ready();
  ee.invoke("id-1");

  const auto waiting = ee.invoke("id-2");
  const auto one_too_many = ee.invoke("id-3");  // only one slot is left to wait for
  ASSERT_TRUE(one_too_many->outcome);
  EXPECT_EQ(one_too_many->outcome->error_type, "Runtime.Unavailable");
  ee.loop.advance(99ms);
  EXPECT_FALSE(waiting->outcome);
  ee.loop.advance(1ms);
  ASSERT_TRUE(waiting->outcome);
  EXPECT_EQ(waiting->outcome->error_type, "Runtime.Unavailable");
}

TEST(Patience, CallsAreServedInTheOrderTheyCame) {
  VirtualEnvironment ee;
  ee.spec.repoll_grace = 100ms;
  ee.start_ready();
  ee.invoke("id-1");
  ee.invoke("id-2");
  ee.invoke("id-3");
  EXPECT_EQ(ee.poll()->response->headers.get("Lambda-Runtime-Aws-Request-Id"), "id-2");
  EXPECT_EQ(ee.poll()->response->headers.get("Lambda-Runtime-Aws-Request-Id"), "id-3");
}

}  // namespace
}  // namespace lmi::test
