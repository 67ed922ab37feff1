#include "running_function.hpp"

#include <atomic>

namespace lmi::test {
namespace {

class Answers : public RunningFunction {
 protected:
  /// Answers what is posted for `id` as told, everything else with 202.
  void answer_with(const std::string& id, ApiReply reply) {
    api_.on_answer([id, reply](const ApiRequest& request) {
      return request.path.find("/invocation/" + id + "/") != std::string::npos ? reply : ApiReply{};
    });
  }

  /// One slot answers "first" and, afterwards, "second": it polled again.
  void expect_one_answer_then_another() {
    api_.invoke({.id = "first", .body = "echo x"});
    ASSERT_TRUE(api_.wait_for_answer("first"));
    api_.invoke({.id = "second", .body = "echo y"});
    const auto second = api_.wait_for_answer("second");
    ASSERT_TRUE(second);
    EXPECT_EQ(second->body, "y");
    EXPECT_EQ(api_.count("/first/response"), 1U);
    EXPECT_EQ(api_.count("/first/error"), 0U);
  }
};

TEST_P(Answers, R08_A400IsFinalAndTheSlotPollsAgain) {
  answer_with("first", {.status = 400, .headers = {}, .body = R"({"errorType":"InvalidRequestID"})"});
  start(1, obey);
  expect_one_answer_then_another();
}

TEST_P(Answers, R09_A410IsToleratedAndTheSlotPollsAgain) {
  answer_with("first", {.status = 410, .headers = {}, .body = R"({"errorType":"InvokeTimeout"})"});
  start(1, obey);
  expect_one_answer_then_another();
}

TEST_P(Answers, R10_A413OnAResponseIsNotFollowedByAnError) {
  answer_with("first", {.status = 413, .headers = {}, .body = "{}"});
  start(1, obey);
  expect_one_answer_then_another();
}

TEST_P(Answers, R11_A413OnAnErrorIsSentAgainCutBelowOneMebibyte) {
  api_.on_answer([](const ApiRequest& request) {
    return request.body.size() > 1024 * 1024
               ? ApiReply{.status = 413, .headers = {}, .body = "{}", .then_close = true}
               : ApiReply{};
  });
  start(1,
        [](const Payload&, Context&) -> Payload { throw std::runtime_error{std::string(2'000'000, 'e')}; });
  api_.invoke({.id = "big"});

  const auto first = api_.wait_for_answer("big", 1);
  const auto second = api_.wait_for_answer("big", 2);
  ASSERT_TRUE(first && second);
  EXPECT_GT(first->body.size(), 1024U * 1024U);
  EXPECT_LT(second->body.size(), 1024U * 1024U);
  EXPECT_TRUE(second->path.ends_with("/big/error"));
  EXPECT_TRUE(second->body.ends_with(R"(","errorType":"std::runtime_error","stackTrace":[]})"));
  EXPECT_EQ(second->header("Lambda-Runtime-Function-Error-Type"), "Function.RuntimeError");
}

TEST_P(Answers, R12_A500EndsTheProcessOnStandardLambda) {
  answer_with("first", {.status = 500, .headers = {}, .body = "{}"});
  start(std::nullopt, obey);
  api_.invoke({.id = "first", .body = "echo x"});

  EXPECT_EQ(join(), 1);
}

TEST_P(Answers, R12_A500LeavesManagedInstancesServing) {
  answer_with("first", {.status = 500, .headers = {}, .body = "{}"});
  start(1, obey);
  expect_one_answer_then_another();
}

TEST_P(Answers, R13_ADroppedAnswerIsNotPostedAgain) {
  answer_with("first", {.no_reply = true});
  start(1, obey);
  expect_one_answer_then_another();
}

TEST_P(Answers, R14_ARefusalDuringTheUploadIsReadAlthoughTheWriteFails) {
  api_.refuse_uploads({.status = 413, .headers = {}, .body = R"({"errorType":"RequestEntityTooLarge"})"});
  start(1, [](const Payload&, Context&) {
    return Payload{.data = std::string(6'000'000, 'x'), .content_type = {}};
  });
  api_.invoke({.id = "first"});
  ASSERT_TRUE(api_.wait_for_answer("first"));
  api_.invoke({.id = "second"});

  ASSERT_TRUE(api_.wait_for_answer("second"));
  EXPECT_EQ(api_.count("/first/response"), 1U);
  EXPECT_EQ(api_.count("/first/error"), 0U);
}

TEST_P(Answers, R25_ABufferedAnswerHasNoResponseModeHeader) {
  start(1, obey);
  api_.invoke({.id = "a", .body = "echo x"});

  const auto answer = api_.wait_for_answer("a");
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->header("Lambda-Runtime-Function-Response-Mode"));
  EXPECT_FALSE(answer->header("Transfer-Encoding"));
  EXPECT_EQ(answer->header("Content-Type"), "text/plain");
  EXPECT_EQ(answer->header("Host"), api_.address());
}

TEST_P(Answers, R29_TheInvocationIdIsEchoedIffItWasGiven) {
  start(1, obey);
  api_.invoke({.id = "with", .body = "echo x", .headers = {{"Lambda-Runtime-Invocation-Id", "nonce-1"}}});
  api_.invoke({.id = "failed", .body = "throw", .headers = {{"Lambda-Runtime-Invocation-Id", "nonce-2"}}});
  api_.invoke({.id = "without", .body = "echo x"});

  const auto with = api_.wait_for_answer("with");
  const auto failed = api_.wait_for_answer("failed");
  const auto without = api_.wait_for_answer("without");
  ASSERT_TRUE(with && failed && without);
  EXPECT_EQ(with->header("Lambda-Runtime-Invocation-Id"), "nonce-1");
  EXPECT_EQ(failed->header("Lambda-Runtime-Invocation-Id"), "nonce-2");
  EXPECT_FALSE(without->header("Lambda-Runtime-Invocation-Id"));
}

TEST_P(Answers, R30_TwoAttemptsOfOneRequestKeepTheirOwnInvocationIds) {
  start(2, obey);
  api_.invoke({.id = "again", .body = "echo first", .headers = {{"Lambda-Runtime-Invocation-Id", "n1"}}});
  api_.invoke({.id = "again", .body = "echo second", .headers = {{"Lambda-Runtime-Invocation-Id", "n2"}}});

  for (std::size_t nth = 1; nth <= 2; ++nth) {
    const auto answer = api_.wait_for_answer("again", nth);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->header("Lambda-Runtime-Invocation-Id"), answer->body == "first" ? "n1" : "n2");
  }
}

TEST_P(Answers, R46_AnAnswerOverTheLimitIsRefusedBeforeTheUpload) {
  constexpr std::size_t limit = 6'291'556;
  start(1, [](const Payload& event, Context&) {
    return Payload{.data = std::string(event.data == "fits" ? limit : limit + 1, 'x'), .content_type = {}};
  });
  api_.invoke({.id = "fits", .body = "fits"});
  api_.invoke({.id = "large", .body = "large"});

  const auto fits = api_.wait_for_answer("fits");
  ASSERT_TRUE(fits);
  EXPECT_TRUE(fits->path.ends_with("/response"));
  EXPECT_EQ(fits->body.size(), limit);
  const auto large = api_.wait_for_answer("large");
  ASSERT_TRUE(large);
  EXPECT_TRUE(large->path.ends_with("/error"));
  EXPECT_EQ(large->header("Lambda-Runtime-Function-Error-Type"), "Function.ResponseSizeTooLarge");
  EXPECT_NE(large->body.find("6291557 bytes"), std::string::npos);
}

TEST_P(Answers, R48_ALateAnswerIsStillSentOnce) {
  answer_with("late", {.status = 410, .headers = {}, .body = "{}"});
  start(1, [](const Payload& event, Context& context) {
    EXPECT_LE(context.remaining().count(), 0);
    return event;
  });
  api_.invoke({.id = "late", .body = "x", .headers = {{"Lambda-Runtime-Deadline-Ms", "1000"}}});
  ASSERT_TRUE(api_.wait_for_answer("late"));
  ASSERT_TRUE(api_.wait_for("/invocation/next", 2));

  EXPECT_EQ(api_.count("/late/response"), 1U);
}

TEST_P(Answers, AnswerGoesOverANewConnectionWhenThePollsWasToBeClosed) {
  start(1, obey);
  api_.invoke({.id = "a", .body = "echo x", .then_close = true});

  const auto answer = api_.wait_for_answer("a");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "x");
}

LMI_FOR_BOTH_KINDS(Answers);

}  // namespace
}  // namespace lmi::test
