// What the runtime may answer and what becomes of it: cases E16–E29, over real sockets.
#include "support/environment_harness.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

namespace lmi::test {
namespace {

using Kind = emulator::environment::Outcome::Kind;
using Outcome = emulator::environment::Outcome;

constexpr std::size_t response_limit = 6'291'556;
constexpr std::size_t error_limit = 1'048'576;
const EnvironmentClient::Headers streaming{{"Lambda-Runtime-Function-Response-Mode", "streaming"},
                                           {"Transfer-Encoding", "chunked"}};

/// An environment with one invocation, "id-1", delivered on `runtime`.
class Answers : public testing::Test {
 protected:
  void SetUp() override {
    ee.start_ready();
    call = ee.invoke("id-1");
    ASSERT_TRUE(runtime().receive());
  }
  EnvironmentClient& runtime() { return *ee.first_poll; }
  EnvironmentClient::Response respond(const EnvironmentClient::Headers& headers, std::string_view body) {
    return runtime().call("POST", invocation_path("id-1", "response"), headers, body);
  }
  EnvironmentClient::Response report(const EnvironmentClient::Headers& headers, std::string_view body) {
    return runtime().call("POST", invocation_path("id-1", "error"), headers, body);
  }
  Outcome outcome() {
    if (call.wait_for(patience) != std::future_status::ready) throw std::runtime_error("no outcome");
    return call.get();
  }
  bool still_waits() { return call.wait_for(std::chrono::seconds{0}) == std::future_status::timeout; }

  EnvironmentHarness ee;
  std::future<Outcome> call;
};

TEST_F(Answers, E16_ABodyOfExactlyTheLimitIsAccepted) {
  EXPECT_EQ(respond({}, std::string(response_limit, 'x')).status, 202);
  const auto result = outcome();
  EXPECT_EQ(result.kind, Kind::success);
  EXPECT_EQ(result.body.size(), response_limit);
}

TEST_F(Answers, E16_OneByteMoreIsTooLarge) {
  const auto reply = respond({}, std::string(response_limit + 1, 'x'));
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(reply.body,
            "{\"errorMessage\":\"Exceeded maximum allowed payload size (6291556 bytes).\","
            "\"errorType\":\"RequestEntityTooLarge\"}\n");
  const auto result = outcome();
  EXPECT_EQ(result.kind, Kind::function_error);
  EXPECT_EQ(result.error_type, "Function.ResponseSizeTooLarge");
  EXPECT_EQ(result.body, error_payload("Function.ResponseSizeTooLarge"));
}

TEST_F(Answers, E16_AChunkedBodyHasTheSameLimit) {
  EXPECT_EQ(respond({{"Transfer-Encoding", "chunked"}}, chunked(std::string(response_limit + 1, 'x'))).status,
            413);
  EXPECT_EQ(outcome().error_type, "Function.ResponseSizeTooLarge");
}

TEST_F(Answers, E17_TheAnswerToAFarTooLargeBodyCanBeRead) {
  const auto reply = respond({}, std::string(12'000'000, 'x'));
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(reply.header("connection"), "close");
  EXPECT_EQ(outcome().error_type, "Function.ResponseSizeTooLarge");
  EXPECT_TRUE(runtime().closed_by_peer());
}

TEST_F(Answers, E18_AHalfClosedBodyIsTruncated) {
  ASSERT_TRUE(runtime().send("POST", invocation_path("id-1", "response"), {{"Content-Length", "10"}}, "abc"));
  runtime().half_close();
  const auto reply = runtime().receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 400);
  EXPECT_EQ(
      reply->body,
      "{\"errorMessage\":\"HTTP request detected as truncated\",\"errorType\":\"TruncatedHTTPRequest\"}\n");
  const auto result = outcome();
  EXPECT_EQ(result.kind, Kind::function_error);
  EXPECT_EQ(result.error_type, "Runtime.TruncatedResponse");
}

TEST_F(Answers, E18_ACutChunkIsTruncated) {
  ASSERT_TRUE(runtime().send("POST", invocation_path("id-1", "response"), {{"Transfer-Encoding", "chunked"}},
                             "a\r\nabc"));
  runtime().half_close();
  const auto reply = runtime().receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 400);
  EXPECT_EQ(outcome().error_type, "Runtime.TruncatedResponse");
}

TEST_F(Answers, E18_ARuntimeThatVanishesInTheMiddleIsTruncatedToo) {
  ASSERT_TRUE(runtime().send("POST", invocation_path("id-1", "response"), {{"Content-Length", "10"}}, "abc"));
  runtime().close(true);
  EXPECT_EQ(outcome().error_type, "Runtime.TruncatedResponse");
  EXPECT_TRUE(ee.await_in_flight(0));
}

TEST_F(Answers, E19_StreamingIsAcceptedAndTold) {
  EXPECT_EQ(respond(streaming, chunked("part")).status, 202);
  const auto result = outcome();
  EXPECT_EQ(result.kind, Kind::success);
  EXPECT_TRUE(result.streamed);
  EXPECT_EQ(result.body, "part");
}

class BadMode : public Answers, public testing::WithParamInterface<const char*> {};
TEST_P(BadMode, E20_EndsTheInvocation) {
  const auto reply = respond({{"Lambda-Runtime-Function-Response-Mode", GetParam()}}, "x");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.body,
            "{\"errorMessage\":\"Invalid function response "
            "mode\",\"errorType\":\"InvalidFunctionResponseMode\"}\n");
  EXPECT_EQ(outcome().error_type, "Runtime.InvalidResponseModeHeader");
  EXPECT_EQ(ee.stats().in_flight, 0U);
}
INSTANTIATE_TEST_SUITE_P(Modes, BadMode, testing::Values("buffered", "Streaming", "x"));

TEST_F(Answers, E21_AnEmptyModeIsBuffered) {
  EXPECT_EQ(respond({{"Lambda-Runtime-Function-Response-Mode", ""}}, "x").status, 202);
  EXPECT_FALSE(outcome().streamed);
}

TEST_F(Answers, E22_ErrorTrailersReplaceTheStream) {
  const auto reply = respond(
      streaming, chunked("begun", {{"Lambda-Runtime-Function-Error-Type", "Function.Broken"},
                                   {"lambda-runtime-function-error-body", "eyJlcnJvck1lc3NhZ2UiOiJubyJ9"}}));
  EXPECT_EQ(reply.status, 202);
  const auto result = outcome();
  EXPECT_EQ(result.kind, Kind::function_error);
  EXPECT_EQ(result.error_type, "Function.Broken");
  EXPECT_EQ(result.body, R"({"errorMessage":"no"})");
}

TEST_F(Answers, E23_AnErrorBodyThatIsNotBase64IsEmpty) {
  const auto reply =
      respond(streaming, chunked("begun", {{"Lambda-Runtime-Function-Error-Type", "oops"},
                                           {"Lambda-Runtime-Function-Error-Body", "{\"a\":1}"}}));
  EXPECT_EQ(reply.status, 202);
  const auto result = outcome();
  EXPECT_EQ(result.error_type, "Runtime.Unknown");
  EXPECT_EQ(result.body, "");
}

TEST_F(Answers, E24_WithoutAContentTypeItIsOctetStream) {
  EXPECT_EQ(respond({}, "x").status, 202);
  EXPECT_EQ(outcome().content_type, "application/octet-stream");
}

TEST_F(Answers, E25_AnEmptyBodyIsAnAnswer) {
  EXPECT_EQ(respond({}, "").status, 202);
  const auto result = outcome();
  EXPECT_EQ(result.kind, Kind::success);
  EXPECT_EQ(result.body, "");
}

TEST_F(Answers, E26_AnErrorIsPassedOnVerbatim) {
  const std::string body = R"({"errorMessage":"x","errorType":"MyErr","stackTrace":["a"]} )";
  const auto reply = report({{"Lambda-Runtime-Function-Error-Type", "Function.MyErr"}}, body);
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(reply.body, "{\"status\":\"OK\"}\n");
  const auto result = outcome();
  EXPECT_EQ(result.kind, Kind::function_error);
  EXPECT_EQ(result.error_type, "Function.MyErr");
  EXPECT_EQ(result.body, body);
}

class ErrorTypes : public Answers, public testing::WithParamInterface<std::pair<std::string, std::string>> {};
TEST_P(ErrorTypes, E27_AreValidated) {
  const auto& [sent, shown] = GetParam();
  EXPECT_EQ(report({{"Lambda-Runtime-Function-Error-Type", sent}}, "{}").status, 202);
  EXPECT_EQ(outcome().error_type, shown);
}
INSTANTIATE_TEST_SUITE_P(Types, ErrorTypes,
                         testing::Values(std::pair{"Unhandled", "Runtime.Unknown"},
                                         std::pair{"", "Runtime.Unknown"},
                                         std::pair{"Runtime.foo", "Runtime.Unknown"},
                                         std::pair{"Function.foo", "Function.Unknown"},
                                         std::pair{"xxRuntime.Abc", "xxRuntime.Abc"},
                                         std::pair{"Function.Err_1", "Function.Err_1"}));

TEST_F(Answers, E28_ATooLargeErrorLeavesTheInvocationOpen) {
  const auto reply =
      report({{"Lambda-Runtime-Function-Error-Type", "Function.Big"}}, std::string(error_limit + 1, 'x'));
  EXPECT_EQ(reply.status, 413);
  // The official emulator quotes the limit of /response here.
  EXPECT_NE(reply.body.find("(1048576 bytes)"), std::string::npos);
  EXPECT_TRUE(still_waits());
  EXPECT_EQ(ee.stats().in_flight, 1U);

  const auto shorter = ee.connect().call("POST", invocation_path("id-1", "error"),
                                         {{"Lambda-Runtime-Function-Error-Type", "Function.Big"}}, "{}");
  EXPECT_EQ(shorter.status, 202);
  EXPECT_EQ(outcome().error_type, "Function.Big");
}

TEST_F(Answers, E28_AnErrorOfExactlyTheLimitIsAccepted) {
  EXPECT_EQ(report({}, std::string(error_limit, 'x')).status, 202);
  EXPECT_EQ(outcome().body.size(), error_limit);
}

TEST_F(Answers, E29_AnXRayCauseThatIsNotJsonIsIgnored) {
  EXPECT_EQ(report({{"Lambda-Runtime-Function-Error-Type", "Function.MyErr"},
                    {"Lambda-Runtime-Function-XRay-Error-Cause", "{no json"}},
                   "{}")
                .status,
            202);
  EXPECT_EQ(outcome().error_type, "Function.MyErr");
}

}  // namespace
}  // namespace lmi::test
