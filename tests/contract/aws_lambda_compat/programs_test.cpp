// Whole programs as they were written for aws-lambda-cpp, against a scripted Runtime API.
#include "child_function.hpp"
#include "support/scripted_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace lmi::test {
namespace {

using testing::HasSubstr;

class CompatProgram : public testing::Test {
 protected:
  ChildFunction start(const std::string& program, const std::string& slots = "4") {
    ChildFunction::Environment environment{{"AWS_LAMBDA_RUNTIME_API", api_.address()},
                                           {"TMPDIR", testing::TempDir()},
                                           {"AWS_LAMBDA_MAX_CONCURRENCY", slots}};
    return ChildFunction{{std::string{LMI_COMPAT_PROGRAMS "/compat_"} + program}, environment};
  }
  std::optional<ApiRequest> answer_to(const std::string& id, const std::string& payload) {
    api_.invoke({.id = id, .body = payload, .headers = {{"Lambda-Runtime-Invocation-Id", "n-" + id}}});
    return api_.wait_for_answer(id);
  }

  ScriptedApi api_;
};

TEST_F(CompatProgram, AnswersWithItsOwnContentType) {
  auto program = start("greeting");
  const auto answer = answer_to("a", "Ada");
  ASSERT_TRUE(answer);

  EXPECT_THAT(answer->path, testing::EndsWith("/a/response"));
  EXPECT_EQ(answer->body, "hello Ada from arn:aws:lambda:eu-west-1:123456789012:function:test");
  EXPECT_EQ(answer->header("Content-Type"), "text/plain");
  EXPECT_EQ(answer->header("Lambda-Runtime-Invocation-Id"), "n-a");
}

TEST_F(CompatProgram, AFailureIsAnErrorOfATypeThePlatformHandsOn) {
  auto program = start("greeting");
  const auto answer = answer_to("a", std::string(43, 'x'));
  ASSERT_TRUE(answer);

  EXPECT_THAT(answer->path, testing::EndsWith("/a/error"));
  EXPECT_EQ(answer->header("Lambda-Runtime-Function-Error-Type"), "Function.ErrorTypeHere");
  EXPECT_EQ(
      answer->body,
      R"({"errorMessage":"error message here \"quoted\"","errorType":"error_type_here","stackTrace":[]})");
}

TEST_F(CompatProgram, MainGoesOnAfterSigtermAndLogLinesCarryTheRequestId) {
  auto program = start("greeting");
  ASSERT_TRUE(answer_to("the-id", "Ada"));
  ASSERT_TRUE(api_.wait_for_polls(4));
  program.signal(SIGTERM);

  EXPECT_EQ(program.wait(), 0);
  EXPECT_THAT(program.output(), HasSubstr("interface 0.2.6"));
  EXPECT_THAT(program.output(), HasSubstr("main goes on"));
  EXPECT_THAT(program.output(),
              HasSubstr(R"("level":"INFO","requestId":"the-id","message":"GREETING 3 bytes, time left")"));
}

TEST_F(CompatProgram, AnErrorWrittenByTheProgramIsSentAsItIs) {
  auto program = start("counter");
  const auto answer = answer_to("a", "fail");
  ASSERT_TRUE(answer);

  EXPECT_EQ(answer->body,
            R"({"errorMessage":"no more","errorType":"CacheFull","stackTrace":["count","main"]})");
  EXPECT_EQ(answer->header("Lambda-Runtime-Function-Error-Type"), "Function.CacheFull");
  EXPECT_EQ(answer->header("Lambda-Runtime-Function-XRay-Error-Cause"),
            R"({"working_directory":"/","exceptions":[],"paths":[]})");
  EXPECT_EQ(answer->header("Content-Type"), "application/json");
}

TEST_F(CompatProgram, AnErrorTooLargeForThePlatformIsSentShort) {
  auto program = start("counter");
  api_.on_answer([](const ApiRequest& request) {
    const bool first = request.body.find("stackTrace\":[\"count\"") != std::string::npos;
    return first ? ApiReply{.status = 413} : ApiReply{};
  });
  ASSERT_TRUE(answer_to("a", "fail"));
  const auto second = api_.wait_for_answer("a", 2);
  ASSERT_TRUE(second);

  EXPECT_EQ(second->body, R"({"errorMessage":"no more","errorType":"CacheFull","stackTrace":[]})");
}

TEST_F(CompatProgram, StateKeptFromCallToCallStays) {
  auto program = start("counter");
  for (int i = 1; i <= 3; ++i) {
    const auto answer = answer_to("call" + std::to_string(i), "same");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, std::to_string(i));
  }
}

TEST_F(CompatProgram, AProgramWithItsOwnLoopRuns) {
  auto program = start("own_loop");
  const auto failed = answer_to("a", "fail");
  const auto echoed = answer_to("b", "bytes");
  ASSERT_TRUE(failed && echoed);

  EXPECT_EQ(program.wait(), 0);
  EXPECT_EQ(failed->header("Lambda-Runtime-Function-Error-Type"), "Function.NotToday");
  EXPECT_EQ(failed->header("Lambda-Runtime-Invocation-Id"), "n-a");
  EXPECT_EQ(echoed->body, "bytes");
  EXPECT_EQ(echoed->header("Content-Type"), "application/octet-stream");
  EXPECT_EQ(echoed->header("User-Agent"), "own-loop/1.0");
}

TEST_F(CompatProgram, AllowConcurrencyLetsEverySlotIn) {
  auto program = start("released_forms");
  for (const char* id : {"a", "b", "c", "d"}) api_.invoke({.id = id, .body = "4"});
  for (const char* id : {"a", "b", "c", "d"}) {
    const auto answer = api_.wait_for_answer(id);
    ASSERT_TRUE(answer) << id;
    EXPECT_EQ(answer->body, "\"together\"");
  }
}

TEST_F(CompatProgram, TheFormsOfLaterReleasesAndAnExceptionAreErrors) {
  auto program = start("released_forms");
  const auto two = answer_to("a", "fail");
  const auto own = answer_to("b", "own");
  const auto thrown = answer_to("c", "throw");
  ASSERT_TRUE(two && own && thrown);

  EXPECT_EQ(two->header("Lambda-Runtime-Function-Error-Type"), "Function.Two");
  EXPECT_EQ(own->header("Lambda-Runtime-Function-Error-Type"), "Function.Unknown");
  EXPECT_EQ(own->header("Content-Type"), "text/plain");
  EXPECT_EQ(own->body, "not even JSON");
  EXPECT_THAT(thrown->path, testing::EndsWith("/error"));
  EXPECT_TRUE(answer_to("d", "1"));  // the process lives
}

}  // namespace
}  // namespace lmi::test
