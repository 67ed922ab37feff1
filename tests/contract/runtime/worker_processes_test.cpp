#include "child_function.hpp"
#include "support/scripted_api.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

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

/// Stopped, so that it reads nothing more, until `kill` ends it.
class StoppedProcess {
 public:
  explicit StoppedProcess(pid_t process) : process_{process} {
    ::kill(process_, SIGSTOP);
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (state() != 'T' && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
    EXPECT_EQ(state(), 'T');
  }
  void kill() const { ::kill(process_, SIGKILL); }

 private:
  [[nodiscard]] char state() const {
    std::ifstream file{"/proc/" + std::to_string(process_) + "/stat"};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    const auto name_end = text.rfind(')');
    return name_end + 2 < text.size() ? text[name_end + 2] : '?';
  }

  pid_t process_;
};

std::vector<StoppedProcess> stop_all(const ChildFunction& function) {
  std::vector<StoppedProcess> stopped;
  for (const auto process : function.children()) stopped.emplace_back(process);
  return stopped;
}

TEST_P(WorkerProcesses, AnEventThatReachedTheSocketOfOneThatDiesIsAnsweredAlthoughItNeverReadIt) {
  ChildFunction function{{GetParam(), "processes"}, managed(4)};
  ASSERT_TRUE(api_.wait_for_polls(4));
  // Over connections that have carried an invocation before, too.
  for (const auto* id : {"a", "b", "c", "d", "e"}) {
    api_.invoke({.id = id, .body = "echo x"});
    ASSERT_TRUE(api_.wait_for(std::string{"/"} + id + "/response"));
    ASSERT_TRUE(api_.wait_for_polls(4));
  }
  const auto stopped = stop_all(function);
  ASSERT_EQ(stopped.size(), 2U);
  for (const auto* id : {"unread-1", "unread-2", "unread-3"})
    api_.invoke({.id = id, .body = "echo x", .headers = {{"Lambda-Runtime-Invocation-Id", "attempt-7"}}});
  ASSERT_TRUE(api_.wait_for_deliveries(8));
  for (const auto& process : stopped) process.kill();

  for (const auto* id : {"unread-1", "unread-2", "unread-3"}) {
    const auto answer = api_.wait_for(std::string{"/"} + id + "/error");
    ASSERT_TRUE(answer) << id;
    EXPECT_EQ(answer->header("Lambda-Runtime-Function-Error-Type"), "Function.WorkerCrashed");
    EXPECT_EQ(answer->header("Lambda-Runtime-Invocation-Id"), "attempt-7");
    EXPECT_NE(answer->body.find("SIGKILL"), std::string::npos) << answer->body;
    EXPECT_NE(answer->body.find(std::string{"before it took request "} + id), std::string::npos)
        << answer->body;
  }
  ASSERT_TRUE(api_.wait_for_polls(4));  // the new processes'; those of the dead have gone
  api_.invoke({.id = "after", .body = "echo x"});
  EXPECT_TRUE(api_.wait_for("/after/response"));
  EXPECT_EQ(api_.count("/error"), 3U);
  function.signal(SIGTERM);
  EXPECT_EQ(function.wait(), 0);
}

TEST_P(WorkerProcesses, ASupervisorThatMayNotHoldAllConnectionsStillAnswersAndReplaces) {
  ChildFunction function{{GetParam(), "processes", "few-descriptors"}, managed(64)};
  ASSERT_TRUE(api_.wait_for_polls(64));
  ASSERT_TRUE(function.wait_for_output("worker.connection_unsupervised"));
  std::size_t ended = 0;
  for (const auto* id : {"a", "b", "c"}) {
    api_.invoke({.id = id, .body = "kill"});
    ASSERT_TRUE(api_.wait_for(std::string{"/"} + id + "/error")) << id;
    ASSERT_TRUE(api_.wait_for_polls(64));
    // And when nothing has to be answered first, while the connections of the dead are still held.
    ::kill(function.children().front(), SIGKILL);
    ASSERT_TRUE(function.wait_for_output("worker.ended", ++ended * 2)) << id;
    ASSERT_TRUE(api_.wait_for_polls(64));
  }
  function.signal(SIGTERM);
  EXPECT_EQ(function.wait(), 0);
  const auto output = function.output();
  EXPECT_EQ(output.find("worker.fork_failed"), std::string::npos) << output;
  EXPECT_EQ(output.find("worker.answer_lost"), std::string::npos) << output;
}

TEST_P(WorkerProcesses, AnEventWhoseBodyIsStillComingWhenOneDiesIsAnswered) {
  ChildFunction function{{GetParam(), "processes"}, managed(2)};
  ASSERT_TRUE(api_.wait_for_polls(2));
  api_.invoke({.id = "half", .body = std::string(100'000, 'x'), .withheld = 50'000});
  ASSERT_TRUE(api_.wait_for_deliveries(1));
  for (const auto process : function.children()) ::kill(process, SIGKILL);

  const auto answer = api_.wait_for("/half/error");
  ASSERT_TRUE(answer);
  EXPECT_NE(answer->body.find("half"), std::string::npos) << answer->body;
  ASSERT_TRUE(api_.wait_for_polls(2));
  function.signal(SIGTERM);
  EXPECT_EQ(function.wait(), 0);
}

INSTANTIATE_TEST_SUITE_P(, WorkerProcesses, testing::Values("blocking", "coroutine"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace lmi::test
