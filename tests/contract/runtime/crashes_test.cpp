#include "child_function.hpp"
#include "support/scripted_api.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace lmi::test {
namespace {

using nlohmann::json;

/// A function that is ended by a fatal signal with a handler: a sanitizer has handlers of its own for these,
/// and this suite is not built with one. Every other end of a worker process is in worker_processes_test.cpp.
class Crashes : public testing::TestWithParam<std::string> {
 protected:
  ChildFunction::Environment environment(unsigned slots) const {
    return {{"AWS_LAMBDA_RUNTIME_API", api_.address()},
            {"AWS_LAMBDA_MAX_CONCURRENCY", std::to_string(slots)},
            {"AWS_LAMBDA_INITIALIZATION_TYPE", "lambda-managed-instances"},
            {"TMPDIR", testing::TempDir()}};
  }

  static std::optional<json> crash_line(ChildFunction& function) {
    for (const auto& line : function.output_lines())
      if (line.find("runtime.crashed") != std::string::npos) return json::parse(line);
    return std::nullopt;
  }

  static bool trace_names(const json& line, std::string_view function) {
    const auto& trace = line.at("stackTrace");
    return std::any_of(trace.begin(), trace.end(), [&](const json& frame) {
      return frame.get<std::string>().find(function) != std::string::npos;
    });
  }

  ScriptedApi api_;
};

TEST_P(Crashes, AFatalSignalLeavesOneJsonLineWithTheTraceAndTheInvocationsInFlight) {
  for (const auto& [verb, signal] : std::map<std::string, int>{{"segfault", SIGSEGV}, {"abort", SIGABRT}}) {
    ScriptedApi api;
    auto variables = environment(3);
    variables.front().second = api.address();
    ChildFunction function{{GetParam()}, variables};
    api.invoke({.id = "bystander-" + verb, .body = "until-stop"});
    ASSERT_TRUE(function.wait_for_output("inside"));
    api.invoke({.id = "culprit-" + verb, .body = verb});

    EXPECT_EQ(function.wait(), 128 + signal);
    const auto line = crash_line(function);
    ASSERT_TRUE(line) << function.output();
    EXPECT_EQ(line->at("level"), "FATAL");
    const auto ids = line->at("requestIds").get<std::set<std::string>>();
    EXPECT_EQ(ids, (std::set<std::string>{"bystander-" + verb, "culprit-" + verb}));
    EXPECT_TRUE(trace_names(*line, "obey")) << line->dump(1);
    if (GetParam() == "blocking") {
      EXPECT_EQ(line->value("requestId", ""), "culprit-" + verb);
    }
  }
}

TEST_P(Crashes, AnOverflowOfTheStackIsReportedToo) {
  ChildFunction function{{GetParam()}, environment(1)};
  api_.invoke({.id = "deep", .body = "overflow"});
  EXPECT_EQ(function.wait(), 128 + SIGSEGV);
  const auto line = crash_line(function);
  ASSERT_TRUE(line) << function.output();
  EXPECT_TRUE(trace_names(*line, "dig_deeper"));
}

TEST_P(Crashes, R33_AWorkerProcessesCrashAnswersItsOwnInvocationsAndSiblingsNeverNotice) {
  ChildFunction function{{GetParam(), "processes"}, environment(4)};
  ASSERT_TRUE(api_.wait_for_polls(4));
  api_.invoke({.id = "a", .body = "process"});
  const auto one = api_.wait_for_answer("a");
  ASSERT_TRUE(one);

  // One invocation that only ends when told to, in each process; then a crash in one of the two.
  std::vector<std::string> waiting;
  for (const auto* id : {"w1", "w2", "w3"}) {
    api_.invoke({.id = id, .body = "until-stop"});
    waiting.emplace_back(id);
    ASSERT_TRUE(function.wait_for_output(R"("requestId":")" + waiting.back() + '"'));  // it is inside
  }
  ASSERT_TRUE(api_.wait_for_polls(1));
  api_.invoke({.id = "culprit", .body = "segfault"});
  const auto crashed = api_.wait_for("/culprit/error");
  ASSERT_TRUE(crashed);
  EXPECT_EQ(crashed->header("Lambda-Runtime-Function-Error-Type"), "Function.WorkerCrashed");
  const auto error = json::parse(crashed->body);
  const auto message = error.at("errorMessage").get<std::string>();
  EXPECT_NE(message.find("SIGSEGV"), std::string::npos) << message;
  EXPECT_NE(message.find("culprit"), std::string::npos) << message;

  ASSERT_TRUE(function.wait_for_output("runtime.crashed"));
  ASSERT_TRUE(api_.wait_for_polls(2));  // the two slots of the new process
  const auto requests = api_.requests();
  const auto failed = std::count_if(waiting.begin(), waiting.end(), [&](const std::string& id) {
    return std::any_of(requests.begin(), requests.end(), [&](const ApiRequest& request) {
      return request.path.ends_with("/" + id + "/error");
    });
  });
  EXPECT_EQ(failed, 1);  // the one that shared the crashed process

  api_.invoke({.id = "b", .body = "process"});
  EXPECT_TRUE(api_.wait_for("/b/response"));
  function.signal(SIGTERM);
  EXPECT_EQ(function.wait(), 0);
  const auto line = crash_line(function);
  ASSERT_TRUE(line) << function.output();
  EXPECT_TRUE(trace_names(*line, "lmi::test::obey")) << line->dump(1);  // with readable names
  EXPECT_EQ(line->at("requestIds").size(), 2U);
}

TEST_P(Crashes, AWorkerProcessThatAbortsIsReplaced) {
  ChildFunction function{{GetParam(), "processes"}, environment(2)};
  ASSERT_TRUE(api_.wait_for_polls(2));
  api_.invoke({.id = "a", .body = "abort"});
  EXPECT_TRUE(api_.wait_for("/a/error"));
  ASSERT_TRUE(api_.wait_for_polls(2));
  function.signal(SIGTERM);
  EXPECT_EQ(function.wait(), 0);
}

INSTANTIATE_TEST_SUITE_P(, Crashes, testing::Values("blocking", "coroutine"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace lmi::test
