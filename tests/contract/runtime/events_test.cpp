#include "running_function.hpp"

#include <atomic>
#include <filesystem>
#include <mutex>

namespace lmi::test {
namespace {

using namespace std::chrono_literals;

class Events : public RunningFunction {};

TEST_P(Events, R15_FailedPollsAreRepeated) {
  start(1, obey);
  api_.refuse_poll({.status = 500, .headers = {}, .body = "{}"});
  api_.refuse_poll({.no_reply = true});
  api_.invoke({.id = "after", .body = "echo fine"});

  const auto answer = api_.wait_for_answer("after");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "fine");
}

TEST_P(Events, R18_HeaderNamesInAnyCaseAndEmptyOnesAreAbsent) {
  start(1, [](const Payload& event, Context& context) {
    EXPECT_EQ(context.request_id(), "lower");
    EXPECT_EQ(context.tenant_id(), "blue");
    EXPECT_EQ(context.trace_id(), "");
    EXPECT_EQ(context.client_context(), "");
    EXPECT_EQ(context.cognito_identity(), "");
    return event;
  });
  api_.invoke({.id = "x",
               .body = "{}",
               .headers = {{"lambda-runtime-aws-request-id", "lower"},
                           {"LAMBDA-RUNTIME-AWS-TENANT-ID", "blue"},
                           {"Lambda-Runtime-Trace-Id", ""},
                           {"Lambda-Runtime-Client-Context", ""},
                           {"Lambda-Runtime-Cognito-Identity", ""}}});

  EXPECT_TRUE(api_.wait_for_answer("lower"));
}

TEST_P(Events, TheContextHoldsWhatThePlatformSays) {
  start(1, [](const Payload& event, Context& context) {
    EXPECT_EQ(context.function_arn(), "arn:aws:lambda:eu-west-1:123456789012:function:test");
    EXPECT_EQ(context.client_context(), R"({"client":{}})");
    EXPECT_EQ(context.cognito_identity(), R"({"cognitoIdentityId":"i"})");
    EXPECT_EQ(context.function_name(), "test");
    EXPECT_EQ(context.function_version(), "7");
    EXPECT_EQ(context.memory_limit_mb(), 2048U);
    return event;
  });
  api_.invoke({.id = "x",
               .body = "{}",
               .headers = {{"Lambda-Runtime-Client-Context", R"({"client":{}})"},
                           {"Lambda-Runtime-Cognito-Identity", R"({"cognitoIdentityId":"i"})"}}});

  EXPECT_TRUE(api_.wait_for_answer("x"));
}

TEST_P(Events, R19_AnyRequestIdIsAcceptedAndEscapedInThePath) {
  start(1, obey);
  const std::string long_id(200, 'i');
  for (const auto& id : {std::string{"dup"}, std::string{"dup"}, long_id, std::string{"a b/c?d%"}})
    api_.invoke({.id = id, .body = "echo x"});

  EXPECT_TRUE(api_.wait_for_answer("dup", 2));
  EXPECT_TRUE(api_.wait_for_answer(long_id));
  EXPECT_TRUE(api_.wait_for_answer("a%20b%2Fc%3Fd%25"));
}

TEST_P(Events, R20_FarDeadlinesAreNeitherClampedNorOverflow) {
  std::mutex mutex;
  std::vector<std::chrono::milliseconds> left;
  start(1, [&](const Payload& event, Context& context) {
    const std::lock_guard lock{mutex};
    left.push_back(context.remaining());
    return event;
  });
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const auto deadline = [&](std::chrono::milliseconds from_now) {
    return std::to_string((now + from_now).count());
  };
  api_.invoke({.id = "a", .headers = {{"Lambda-Runtime-Deadline-Ms", deadline(5400s)}}});
  api_.invoke({.id = "b", .headers = {{"Lambda-Runtime-Deadline-Ms", deadline(24h * 365 * 9)}}});
  api_.invoke({.id = "c", .headers = {{"Lambda-Runtime-Deadline-Ms", "9223372036854775807"}}});
  ASSERT_TRUE(api_.wait_for_answer("a") && api_.wait_for_answer("b") && api_.wait_for_answer("c"));

  const std::lock_guard lock{mutex};
  ASSERT_EQ(left.size(), 3U);
  EXPECT_NEAR(static_cast<double>(left[0].count()), 5400e3, 60e3);
  EXPECT_NEAR(static_cast<double>(left[1].count()), 9 * 365 * 86400e3, 60e3);
  EXPECT_GT(left[2].count(), left[1].count());
}

TEST_P(Events, R21_APassedDeadlineStillCallsTheHandlerAndItsStopTokenIsRequested) {
  std::atomic<bool> stopped = false;
  start(1, [&](const Payload& event, Context& context) {
    stopped = context.stop_token().stop_requested();
    return event;
  });
  api_.invoke({.id = "past", .body = "x", .headers = {{"Lambda-Runtime-Deadline-Ms", "1000"}}});

  ASSERT_TRUE(api_.wait_for_answer("past"));
  EXPECT_TRUE(stopped);
}

TEST_P(Events, TheStopTokenIsRequestedAtTheDeadline) {
  start(1, obey);
  const auto soon = std::chrono::system_clock::now() + 50ms;
  const auto deadline =
      std::chrono::duration_cast<std::chrono::milliseconds>(soon.time_since_epoch()).count();
  api_.invoke({.id = "a",
               .body = "until-stop",
               .headers = {{"Lambda-Runtime-Deadline-Ms", std::to_string(deadline)}}});

  ASSERT_TRUE(api_.wait_for_answer("a"));
  EXPECT_GE(std::chrono::system_clock::now(), soon - 1ms);
}

TEST_P(Events, R22_AChunkedTenMegabyteEventArrivesWhole) {
  std::string sent(10'000'000, ' ');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>('a' + i * 7 % 26);
  std::atomic<bool> same = false;
  start(1, [&](const Payload& event, Context&) {
    same = event.data == sent;
    return Payload{};
  });
  api_.invoke({.id = "chunked", .body = sent, .chunked = true});
  ASSERT_TRUE(api_.wait_for_answer("chunked"));
  EXPECT_TRUE(same);

  same = false;
  api_.invoke({.id = "plain", .body = sent});
  ASSERT_TRUE(api_.wait_for_answer("plain"));
  EXPECT_TRUE(same);
}

TEST_P(Events, R23_AnEmptyEventReachesTheHandler) {
  start(1, [](const Payload& event, Context&) {
    return Payload{.data = std::to_string(event.data.size()), .content_type = {}};
  });
  api_.invoke({.id = "empty", .body = ""});

  const auto answer = api_.wait_for_answer("empty");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "0");
}

TEST_P(Events, R24_BytesThatAreNotJsonArriveAsTheyAre) {
  const std::string bytes{"\x00\xff{\r\n\r\n", 7};
  start(1, [](const Payload& event, Context&) { return event; });
  api_.invoke({.id = "raw", .body = bytes, .headers = {{"Content-Type", "image/png"}}});

  const auto answer = api_.wait_for_answer("raw");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, bytes);
  EXPECT_EQ(answer->header("Content-Type"), "image/png");
}

TEST_P(Events, R42_EachHandlerSeesItsOwnTraceIdAndTheEnvironmentIsLeftAlone) {
  start(2, [](const Payload&, Context& context) {
    const char* variable = std::getenv("_X_AMZN_TRACE_ID");
    return Payload{.data = std::string{context.trace_id()} + (variable == nullptr ? "" : "!"),
                   .content_type = {}};
  });
  api_.invoke({.id = "a", .headers = {{"Lambda-Runtime-Trace-Id", "Root=1-a"}}});
  api_.invoke({.id = "b", .headers = {{"Lambda-Runtime-Trace-Id", "Root=1-b"}}});

  const auto a = api_.wait_for_answer("a");
  const auto b = api_.wait_for_answer("b");
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->body, "Root=1-a");
  EXPECT_EQ(b->body, "Root=1-b");
}

TEST_P(Events, AScratchDirectoryIsGoneWhenTheAnswerArrivesHoweverTheHandlerEnded) {
  std::mutex mutex;
  std::vector<std::filesystem::path> seen;
  start(1, [&](const Payload& event, Context& context) -> Payload {
    const std::lock_guard lock{mutex};
    seen.push_back(context.scratch());
    EXPECT_TRUE(std::filesystem::is_directory(seen.back()));
    EXPECT_TRUE(std::filesystem::is_empty(seen.back()));
    std::filesystem::create_directory(context.scratch() / "inner");
    if (event.data == "throw") throw std::runtime_error{"x"};
    return {};
  });
  api_.invoke({.id = "ok"});
  api_.invoke({.id = "../../escape", .body = "throw"});
  ASSERT_TRUE(api_.wait_for_answer("ok"));
  ASSERT_TRUE(api_.wait_for_answer("..%2F..%2Fescape"));

  const std::lock_guard lock{mutex};
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].parent_path(), seen[1].parent_path());
  EXPECT_FALSE(std::filesystem::exists(seen[0]));
  EXPECT_FALSE(std::filesystem::exists(seen[1]));
}

LMI_FOR_BOTH_KINDS(Events);

}  // namespace
}  // namespace lmi::test
