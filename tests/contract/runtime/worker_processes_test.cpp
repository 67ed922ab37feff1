#include "child_function.hpp"
#include "support/scripted_api.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

namespace lmi::test {
namespace {

/// Isolation::processes, with two worker processes: how they end, and the supervisor with them.
class WorkerProcesses : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] ChildFunction::Environment environment() const {
    return {{"AWS_LAMBDA_RUNTIME_API", api_.address()}, {"TMPDIR", testing::TempDir()}};
  }

  [[nodiscard]] ChildFunction::Environment managed(unsigned slots) const {
    auto all = environment();
    all.emplace_back("AWS_LAMBDA_MAX_CONCURRENCY", std::to_string(slots));
    all.emplace_back("AWS_LAMBDA_INITIALIZATION_TYPE", "lambda-managed-instances");
    return all;
  }

  ScriptedApi api_;
};

TEST_P(WorkerProcesses, AreReplacedHoweverTheyEnd) {
  ChildFunction function{{GetParam(), "processes"}, managed(2)};
  for (const auto* how : {"kill", "exit 0", "exit 1", "exit 3"}) {
    const std::string id = std::string{how}.substr(0, 4) + std::string{how}.back();
    ASSERT_TRUE(api_.wait_for_polls(2)) << how;
    api_.invoke({.id = id, .body = how});
    const auto answer = api_.wait_for("/" + id + "/error");
    ASSERT_TRUE(answer) << how;
    EXPECT_NE(answer->body.find(id), std::string::npos);
  }
  ASSERT_TRUE(api_.wait_for_polls(2));
  EXPECT_EQ(api_.most_polls_at_once(), 2U);
  function.signal(SIGTERM);
  EXPECT_EQ(function.wait(), 0);
}

TEST_P(WorkerProcesses, AreReplacedWithoutATemporaryDirectoryToo) {
  auto variables = managed(2);
  variables[1].second = "/no/such/directory";
  ChildFunction function{{GetParam(), "processes"}, variables};
  ASSERT_TRUE(api_.wait_for_polls(2));
  api_.invoke({.id = "a", .body = "kill"});
  ASSERT_TRUE(api_.wait_for("/a/error"));
  ASSERT_TRUE(api_.wait_for_polls(2));
  function.signal(SIGTERM);
  EXPECT_EQ(function.wait(), 0);
}

TEST_P(WorkerProcesses, R31_ThatCannotStartReportItAndEndWithOne) {
  ChildFunction function{{GetParam(), "processes", "fail-init"}, managed(2)};
  EXPECT_EQ(function.wait(), 1);
  EXPECT_TRUE(api_.wait_for("/init/error"));
}

TEST_P(WorkerProcesses, R17_EndWithAnErrorWhenTheRuntimeApiIsGone) {
  ChildFunction function{{GetParam(), "processes"}, managed(4)};
  ASSERT_TRUE(api_.wait_for_polls(4));
  api_.vanish();

  EXPECT_EQ(function.wait(), 1);
  EXPECT_NE(function.output().find("runtime.api_gone"), std::string::npos);
}

TEST_P(WorkerProcesses, R17_ThatNeverReachTheRuntimeApiAreNotStartedForEver) {
  api_.vanish();
  ChildFunction function{{GetParam(), "processes"}, managed(4)};

  EXPECT_EQ(function.wait(), 1);
  EXPECT_NE(function.output().find("runtime.api_gone"), std::string::npos);
}

TEST_P(WorkerProcesses, R12_EndOnStandardLambdaWhenAnAnswerGets500) {
  api_.on_answer([](const ApiRequest&) { return ApiReply{.status = 500, .headers = {}, .body = "{}"}; });
  ChildFunction function{{GetParam(), "processes"}, environment()};
  api_.invoke({.id = "a", .body = "echo x"});

  EXPECT_EQ(function.wait(), 1);
  EXPECT_EQ(api_.count("/a/response"), 1U);
  EXPECT_EQ(api_.count("/a/error"), 0U);
}

INSTANTIATE_TEST_SUITE_P(, WorkerProcesses, testing::Values("blocking", "coroutine"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace lmi::test
