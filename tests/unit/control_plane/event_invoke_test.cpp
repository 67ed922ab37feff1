#include "fixture.hpp"

#include <gmock/gmock.h>

#include <utility>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* invoke_path = "/2015-03-31/functions/f/invocations";
const http::Headers event_type = {{"X-Amz-Invocation-Type", "Event"}};

InvokeReply reply_of(InvokeReply::Kind kind, std::string body) {
  InvokeReply reply;
  reply.kind = kind;
  reply.body = std::move(body);
  if (kind == InvokeReply::Kind::function_error) reply.error_type = "Function.Error";
  return reply;
}

class EventInvoke : public ControlPlaneTest {
 protected:
  FakeHost::Invoked taken() {
    if (host_->calls.empty()) loop_.run_until([this] { return !host_->calls.empty(); });
    FakeHost::Invoked invoked = std::move(host_->calls.front());
    host_->calls.pop_front();
    return invoked;
  }
  /// Lets the attempts be made again that met a version which was not active.
  void come_again() {
    flush();
    loop_.advance(std::chrono::seconds{1});
  }
  void succeed(const FakeHost::Invoked& invoked) {
    invoked.done(reply_of(InvokeReply::Kind::success, "{}"));
    flush();
  }
  void fail(const FakeHost::Invoked& invoked) {
    invoked.done(reply_of(InvokeReply::Kind::function_error, R"({"errorMessage":"on purpose"})"));
    flush();
  }
};

TEST_F(EventInvoke, IsAnsweredAtOnceAndRunsAfterwards) {
  create_published_function();
  const Answer answer = send("POST", invoke_path, {{"a", 1}}, event_type);
  EXPECT_EQ(answer.status, 202U);
  EXPECT_EQ(answer.text, "");
  EXPECT_EQ(answer.header("X-Amz-Executed-Version"), "");
  const FakeHost::Invoked invoked = taken();
  EXPECT_EQ(invoked.key, published_key);
  EXPECT_EQ(invoked.call.payload, R"({"a":1})");
  EXPECT_EQ(invoked.call.request_id, answer.header("x-amzn-RequestId"));
  EXPECT_EQ(invoked.call.trace_id, answer.header("X-Amzn-Trace-Id"));
}

TEST_F(EventInvoke, InvokeAsyncDoesTheSame) {
  create_published_function();
  const Answer answer = send("POST", "/2014-11-13/functions/f/invoke-async", {{"a", 1}});
  EXPECT_EQ(answer.status, 202U);
  EXPECT_EQ(taken().call.payload, R"({"a":1})");
}

TEST_F(EventInvoke, SurvivesARestartUntilItHasRun) {
  create_published_function();
  const Answer answer = send("POST", invoke_path, {{"a", 1}}, event_type);
  taken();  // never ends
  restart();
  host_->tell_active(published_key);
  come_again();
  const FakeHost::Invoked again = taken();
  EXPECT_EQ(again.call.request_id, answer.header("x-amzn-RequestId"));
  succeed(again);
  restart();
  loop_.advance(std::chrono::minutes{10});
  flush();
  EXPECT_TRUE(host_->calls.empty());
}

TEST_F(EventInvoke, AThrottleWhileTheFunctionIsFullIsNoErrorOfTheCaller) {
  create_published_function();
  EXPECT_EQ(send("POST", invoke_path, {}, event_type).status, 202U);
  taken().done(reply_of(InvokeReply::Kind::throttled, ""));
  loop_.advance(std::chrono::seconds{1});
  succeed(taken());
}

TEST_F(EventInvoke, WhatInvokeRefusesIsRefused) {
  create_published_function();
  EXPECT_EQ(send("POST", "/2015-03-31/functions/missing/invocations", {}, event_type).status, 404U);
  EXPECT_EQ(send("POST", "/2015-03-31/functions/f/invocations?Qualifier=99", {}, event_type).status, 404U);
  EXPECT_EQ(send("POST", "/2014-11-13/functions/missing/invoke-async", {}).status, 404U);
  const auto broken = start("POST", invoke_path, "no JSON", event_type);
  loop_.run_until([&broken] { return broken->has_value(); });
  EXPECT_EQ((*broken)->error(), "InvalidRequestContentException");
}

TEST_F(EventInvoke, APayloadOverOneMebibyteIsTooLarge) {
  create_published_function();
  const std::string payload(1048576 - 2, 'x');
  const Answer most = send("POST", invoke_path, payload, event_type);
  EXPECT_EQ(most.status, 202U);
  const Answer more = send("POST", invoke_path, payload + "x", event_type);
  EXPECT_EQ(more.status, 413U);
  EXPECT_EQ(more.error(), "RequestTooLargeException");
  EXPECT_EQ(more.message(),
            "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)");
}

TEST_F(EventInvoke, ItsConfigurationDecidesOverRetriesAndDestinations) {
  create_published_function();
  const Answer put =
      send("PUT", "/2019-09-25/functions/f/event-invoke-config",
           {{"MaximumRetryAttempts", 0},
            {"DestinationConfig",
             {{"OnFailure", {{"Destination", "arn:aws:sns:us-east-1:000000000000:records"}}}}}});
  ASSERT_EQ(put.status, 200U);
  send("POST", invoke_path, {{"a", 1}}, event_type);
  fail(taken());
  const auto request = client_.take();
  ASSERT_TRUE(request);
  EXPECT_EQ(request->request.host, "sink");
  const json record = request->body();
  EXPECT_EQ(record["requestContext"]["condition"], "RetriesExhausted");
  EXPECT_EQ(record["requestContext"]["functionArn"],
            "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST.PUBLISHED");
  EXPECT_EQ(record["responseContext"]["functionError"], "Unhandled");
}

TEST_F(EventInvoke, TheVersionsDeadLetterConfigIsUsed) {
  create_provider();
  create_function({{"DeadLetterConfig", {{"TargetArn", "arn:aws:sns:us-east-1:000000000000:records"}}}});
  settle();
  send("POST", "/2015-03-31/functions/f/versions", {{"PublishTo", "LATEST_PUBLISHED"}});
  host_->tell_active(published_key);
  flush();
  send("PUT", "/2019-09-25/functions/f/event-invoke-config", {{"MaximumRetryAttempts", 0}});
  send("POST", invoke_path, {{"a", 1}}, event_type);
  fail(taken());
  const auto request = client_.take();
  ASSERT_TRUE(request);
  EXPECT_EQ(request->body()["MessageBody"], R"({"a":1})");
  EXPECT_EQ(request->body()["MessageAttributes"]["ErrorMessage"]["StringValue"], "on purpose");
}

TEST_F(EventInvoke, AnEventOfADeletedFunctionIsDroppedWithAWord) {
  create_published_function();
  send("POST", invoke_path, {}, event_type);
  const FakeHost::Invoked invoked = taken();
  send("DELETE", "/2015-03-31/functions/f");
  host_->tell({published_key, VersionState::retired, {}, {}});
  settle();
  fail(invoked);
  loop_.advance(std::chrono::seconds{1});
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_THAT(warnings_[0], HasSubstr("event.dropped"));
  EXPECT_THAT(warnings_[0], HasSubstr("Function not found"));
}

TEST_F(EventInvoke, OnceStoppedNothingBegins) {
  create_published_function();
  EXPECT_EQ(send("POST", invoke_path, {}, event_type).status, 202U);
  taken();  // never ends
  control_plane_->stop();
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_EQ(warnings_[0], "events.left_for_next_start count=1");
  EXPECT_EQ(send("POST", invoke_path, {}, event_type).status, 202U);
  flush();
  EXPECT_TRUE(host_->calls.empty());
  restart();
  host_->tell_active(published_key);
  come_again();
  succeed(taken());
  taken();
}

}  // namespace
}  // namespace lmi::emulator::control_plane
