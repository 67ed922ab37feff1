#include "control_plane/invoke_reply.hpp"
#include "fixture.hpp"

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

constexpr const char* invoke_path = "/2015-03-31/functions/f/invocations";

InvokeReply success(std::string content_type, std::string body) {
  InvokeReply reply;
  reply.content_type = std::move(content_type);
  reply.body = std::move(body);
  return reply;
}

InvokeReply function_error(std::string type, std::string body) {
  InvokeReply reply;
  reply.kind = InvokeReply::Kind::function_error;
  reply.error_type = std::move(type);
  reply.body = std::move(body);
  return reply;
}

InvokeReply throttled() {
  InvokeReply reply;
  reply.kind = InvokeReply::Kind::throttled;
  reply.throttle_reason = "Concurrency";
  return reply;
}

class Invoke : public ControlPlaneTest {
 protected:
  using Pending = std::shared_ptr<std::optional<Answer>>;

  /// Sends a call that reaches the host.
  Pending call(const std::string& target, const std::string& payload, http::Headers extra = {}) {
    auto answer = start("POST", target, payload, std::move(extra));
    loop_.run_until([this] { return !host_->calls.empty(); });
    return answer;
  }
  FakeHost::Invoked taken() {
    FakeHost::Invoked invoked = std::move(host_->calls.front());
    host_->calls.pop_front();
    return invoked;
  }
};

TEST_F(Invoke, Call20_NeedsAPublishedVersion) {
  create_provider();
  create_function();
  settle();

  const Answer answer = send("POST", invoke_path);

  EXPECT_EQ(answer.status, 400U);
  EXPECT_EQ(answer.error(), "NoPublishedVersionException");
  EXPECT_EQ(answer.body.at("Message"),
            "The function can't be invoked because no published version exists. For functions with capacity "
            "provider "
            "configuration, either publish a version to $LATEST.PUBLISHED, or specify a published version "
            "qualifier.");
}

TEST_F(Invoke, Call24_GoesToLatestPublishedAndAnswersItsBytes) {
  create_published_function();

  const Pending answer = call(invoke_path, R"({"name":"Ada"})", {{"X-Amzn-Trace-Id", "Root=1-x"}});
  const FakeHost::Invoked invoked = taken();

  EXPECT_EQ(invoked.key, published_key);
  EXPECT_EQ(invoked.call.payload, R"({"name":"Ada"})");
  EXPECT_EQ(invoked.call.invoked_arn, "arn:aws:lambda:us-east-1:000000000000:function:f");
  EXPECT_EQ(invoked.call.trace_id, "Root=1-x");
  invoked.done(success("text/plain", "hello"));
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ((*answer)->status, 200U);
  EXPECT_EQ((*answer)->text, "hello");
  EXPECT_EQ((*answer)->header("Content-Type"), "text/plain");
  EXPECT_EQ((*answer)->header("X-Amz-Executed-Version"), "$LATEST.PUBLISHED");
  EXPECT_EQ((*answer)->header("X-Amzn-Trace-Id"), "Root=1-x");
  EXPECT_EQ((*answer)->header("x-amzn-RequestId"), invoked.call.request_id);
}

TEST_F(Invoke, Call25_GoesToANumberedVersionByQualifierAndArn) {
  create_published_function();
  send("POST", "/2015-03-31/functions/f/versions", json::object());
  host_->tell_active({"f", "1"});

  call(std::string{invoke_path} + "?Qualifier=1", "{}");
  EXPECT_EQ(taken().key, (VersionKey{"f", "1"}));
  call("/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af%3A1/invocations",
       "{}");
  const FakeHost::Invoked by_arn = taken();
  EXPECT_EQ(by_arn.key, (VersionKey{"f", "1"}));
  EXPECT_EQ(by_arn.call.invoked_arn, "arn:aws:lambda:us-east-1:000000000000:function:f:1");
}

TEST_F(Invoke, Call26_RefusesLatest) {
  create_published_function();

  EXPECT_EQ(
      send("POST", std::string{invoke_path} + "?Qualifier=%24LATEST").message(),
      "Functions configured with capacity provider configuration can't be invoked with $LATEST qualifier. To "
      "invoke this function, specify a published version qualifier or $LATEST.PUBLISHED.");
}

TEST_F(Invoke, Call27_RefusesTailLogs) {
  create_published_function();

  EXPECT_EQ(send("POST", invoke_path, nullptr, {{"X-Amz-Log-Type", "Tail"}}).message(),
            "Tail logs are not supported for functions configured with capacity provider");
}

TEST_F(Invoke, Call28_DryRunAnswersWithoutRunning) {
  create_published_function();

  const Answer answer = send("POST", invoke_path, nullptr, {{"X-Amz-Invocation-Type", "DryRun"}});

  EXPECT_EQ(answer.status, 204U);
  EXPECT_EQ(answer.text, "");
  EXPECT_EQ(answer.header("X-Amz-Executed-Version"), "");
  EXPECT_TRUE(host_->calls.empty());
}

TEST_F(Invoke, Call29_GivesAHandlersErrorVerbatim) {
  create_published_function();
  const std::string body = R"({"errorMessage":"boom","errorType":"Function.Boom","stackTrace":[]})";

  const Pending answer = call(invoke_path, "{}");
  taken().done(function_error("Function.Boom", body));

  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ((*answer)->status, 200U);
  EXPECT_EQ((*answer)->header("X-Amz-Function-Error"), "Unhandled");
  EXPECT_EQ((*answer)->header("X-Amz-Executed-Version"), "$LATEST.PUBLISHED");
  EXPECT_EQ((*answer)->text, body);
}

TEST_F(Invoke, Call30_SaysSaturatedIn429) {
  create_published_function();

  const Pending answer = call(invoke_path, "{}");
  taken().done(throttled());

  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ((*answer)->status, 429U);
  EXPECT_EQ((*answer)->error(), "TooManyRequestsException");
  EXPECT_EQ((*answer)->body, (json{{"Reason", "ConcurrentInvocationLimitExceeded"},
                                   {"Type", "User"},
                                   {"message", "Rate Exceeded."}}));
}

TEST_F(Invoke, Call32_OfAMissingVersionIsNotFound) {
  create_published_function();

  EXPECT_EQ(send("POST", std::string{invoke_path} + "?Qualifier=99").message(),
            "Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:99");
}

TEST_F(Invoke, OfAMissingFunctionNamesLatest) {
  EXPECT_EQ(send("POST", invoke_path).message(),
            "Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST");
}

TEST_F(Invoke, OfAVersionThatIsNotActiveConflicts) {
  create_provider();
  create_function();
  settle();
  send("POST", "/2015-03-31/functions/f/versions", {{"PublishTo", "LATEST_PUBLISHED"}});

  const Answer answer = send("POST", invoke_path);

  EXPECT_EQ(answer.status, 409U);
  EXPECT_EQ(
      answer.message(),
      "The operation cannot be performed at this time. The function is currently in the following state: "
      "Pending");
}

TEST_F(Invoke, TakesAnEmptyPayloadForAnEmptyObject) {
  create_published_function();

  call(invoke_path, "");

  EXPECT_EQ(taken().call.payload, "{}");
}

TEST_F(Invoke, RefusesAPayloadThatIsNoJson) {
  create_published_function();
  const auto answer = start("POST", invoke_path, "\x99");
  loop_.run_until([&] { return answer->has_value(); });

  EXPECT_EQ((*answer)->status, 400U);
  EXPECT_EQ((*answer)->error(), "InvalidRequestContentException");
  EXPECT_EQ(
      (*answer)->message().rfind(
          "Could not parse request body into json: Could not parse payload into json: Unexpected character "
          "((CTRL-CHAR, code 153)): expected a valid value",
          0),
      0U)
      << (*answer)->message();
}

TEST_F(Invoke, RefusesAPayloadOverSixMebibytes) {
  create_published_function();
  const auto answer = start("POST", invoke_path, std::string(6291457, ' '));
  loop_.run_until([&] { return answer->has_value(); });

  EXPECT_EQ((*answer)->status, 413U);
  EXPECT_EQ((*answer)->error(), "RequestTooLargeException");
}

TEST_F(Invoke, DecodesTheClientContext) {
  create_published_function();

  call(invoke_path, "{}", {{"X-Amz-Client-Context", "eyJhIjoxfQ=="}});
  EXPECT_EQ(taken().call.client_context, R"({"a":1})");

  EXPECT_EQ(send("POST", invoke_path, nullptr, {{"X-Amz-Client-Context", "?"}}).error(),
            "InvalidRequestContentException");
}

class PlatformFailure : public testing::Test {
 protected:
  json body_of(const std::string& type, const std::string& body) {
    const auto reply =
        invoke_reply({"req-1", "trace", "1", std::chrono::seconds{30}}, function_error(type, body));
    return reply ? json::parse(reply->body) : json{};
  }
};

TEST_F(PlatformFailure, OfATimeoutHasTheRecordedText) {
  const json wanted = {{"errorType", "Sandbox.Timedout"},
                       {"errorMessage", "RequestId: req-1 Error: Task timed out after 30.00 seconds"}};
  EXPECT_EQ(body_of("Sandbox.Timedout", R"({"errorType":"Sandbox.Timedout"})"), wanted);
  EXPECT_EQ(
      body_of("Sandbox.Timedout",
              R"({"errorType":"Sandbox.Timedout","errorMessage":"Task timed out after 30.00 seconds"})"),
      wanted);
}

TEST_F(PlatformFailure, OfAnExitHasTheRecordedText) {
  EXPECT_EQ(body_of("Runtime.ExitError", R"({"errorType":"Runtime.ExitError"})"),
            (json{{"errorType", "Runtime.ExitError"},
                  {"errorMessage", "RequestId: req-1 Error: Runtime exited without providing a reason"}}));
  EXPECT_EQ(
      body_of(
          "Runtime.ExitError",
          R"({"errorType":"Runtime.ExitError","errorMessage":"Runtime exited with error: exit status 127"})")
          .at("errorMessage"),
      "RequestId: req-1 Error: Runtime exited with error: exit status 127");
}

TEST_F(PlatformFailure, DoesNotTouchWhatAHandlerSaid) {
  const json said = {{"errorType", "Runtime.ExitError"}, {"errorMessage", "mine"}, {"stackTrace", {"a"}}};
  EXPECT_EQ(body_of("Runtime.ExitError", said.dump()), said);
}

}  // namespace
}  // namespace lmi::emulator::control_plane
