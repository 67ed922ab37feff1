#include "child_function.hpp"
#include "support/scripted_api.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <stdexcept>

namespace lmi::test {
namespace {

using Clock = std::chrono::steady_clock;
using Environment = ChildFunction::Environment;

/// What a handler of another process waits for: a named pipe from which it reads one byte.
class Gate {
 public:
  explicit Gate(const std::string& name) : path_{testing::TempDir() + name} {
    if (::mkfifo(path_.c_str(), 0600) != 0) throw std::runtime_error{"cannot make " + path_};
    pipe_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);  // this way it waits for nobody
  }
  ~Gate() {
    ::close(pipe_);
    ::unlink(path_.c_str());
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  void open() const { ASSERT_EQ(::write(pipe_, "x", 1), 1); }

 private:
  const std::string path_;
  int pipe_ = -1;
};

/// What the whole process does: exit codes, signals, output. The parameter is the handler's kind.
class Process : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] std::vector<std::string> arguments(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), GetParam());
    return more;
  }

  [[nodiscard]] Environment environment(const Environment& more = {}) const {
    Environment all{{"AWS_LAMBDA_RUNTIME_API", api_.address()}, {"TMPDIR", testing::TempDir()}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  [[nodiscard]] Environment managed(const Environment& more = {}) const {
    auto all = environment({{"AWS_LAMBDA_MAX_CONCURRENCY", "4"},
                            {"AWS_LAMBDA_INITIALIZATION_TYPE", "lambda-managed-instances"}});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  ScriptedApi api_;
};

TEST_P(Process, R03_AMalformedConcurrencyIsNamedAndEndsTheStart) {
  ChildFunction function{arguments(), environment({{"AWS_LAMBDA_MAX_CONCURRENCY", "abc"}})};

  EXPECT_EQ(function.wait(), 2);
  EXPECT_EQ(function.output(),
            "lmi: AWS_LAMBDA_MAX_CONCURRENCY is \"abc\": expected a whole number from 1 to 1600\n");
  EXPECT_EQ(api_.count("/invocation/next"), 0U);
}

TEST_P(Process, R03_AnEmptyConcurrencyIsOneSlotAndAWarning) {
  ChildFunction function{arguments(), environment({{"AWS_LAMBDA_MAX_CONCURRENCY", ""}})};
  api_.invoke({.id = "a", .body = "echo x"});
  ASSERT_TRUE(api_.wait_for_answer("a"));
  function.signal(SIGTERM);

  EXPECT_EQ(function.wait(), 0);
  EXPECT_EQ(api_.most_polls_at_once(), 1U);
  EXPECT_NE(function.output().find("AWS_LAMBDA_MAX_CONCURRENCY is set but empty: using 1 slot"),
            std::string::npos);
}

TEST_P(Process, OutsideLambdaItSaysSoAndNamesTheCommandThatRunsIt) {
  ChildFunction function{arguments(), {}};

  EXPECT_EQ(function.wait(), 2);
  const auto output = function.output();
  EXPECT_NE(output.find("AWS_LAMBDA_RUNTIME_API is not set"), std::string::npos);
  EXPECT_NE(output.find("lmi up\n"), std::string::npos);
  EXPECT_NE(output.find("lmi deploy " LMI_TEST_BOOTSTRAP " --name <function>"), std::string::npos);
}

TEST_P(Process, R17_TheProcessEndsWithAnErrorWhenTheRuntimeApiIsGone) {
  ChildFunction function{arguments(), managed()};
  ASSERT_TRUE(api_.wait_for_polls(4));
  api_.vanish();

  EXPECT_EQ(function.wait(), 1);
  EXPECT_NE(function.output().find("runtime.api_gone"), std::string::npos);
}

TEST_P(Process, R31_AFailedInitIsReportedOnceAndTheProcessEnds) {
  ChildFunction function{arguments({"fail-init"}), managed()};

  EXPECT_EQ(function.wait(), 1);
  ASSERT_EQ(api_.count("/runtime/init/error"), 1U);
  const auto report = api_.wait_for("/runtime/init/error");
  EXPECT_EQ(report->header("Lambda-Runtime-Function-Error-Type"), "Function.NoDatabase");
  EXPECT_EQ(report->body,
            R"({"errorMessage":"cannot reach the database","errorType":"NoDatabase","stackTrace":[]})");
  EXPECT_EQ(api_.count("/invocation/next"), 0U);
}

TEST_P(Process, R32_AnInitErrorAnswered403EndsQuietlyWithTheSameCode) {
  api_.on_answer([](const ApiRequest&) { return ApiReply{.status = 403, .headers = {}, .body = "{}"}; });
  ChildFunction function{arguments({"fail-init"}), environment()};

  EXPECT_EQ(function.wait(), 1);
  EXPECT_EQ(api_.count("/runtime/init/error"), 1U);
  EXPECT_EQ(function.output().find("init.report_refused"), std::string::npos);
}

TEST_P(Process, R34_AnIdleFunctionEndsWithin300MillisecondsOfSigterm) {
  auto quickest = Clock::duration::max();
  for (int attempt = 0; attempt < 3; ++attempt) {  // the machine may be busy with something else during one
    const auto polls = static_cast<std::size_t>(4) * static_cast<std::size_t>(attempt);
    ChildFunction function{arguments(), managed()};
    ASSERT_TRUE(api_.wait_for("/invocation/next", polls + 4));
    ASSERT_TRUE(api_.wait_for_polls(4));
    const auto asked = Clock::now();
    function.signal(SIGTERM);
    ASSERT_EQ(function.wait(), 0);
    quickest = std::min(quickest, Clock::now() - asked);
  }
  EXPECT_LT(quickest, std::chrono::milliseconds{300});
}

TEST_P(Process, R35_SigtermStopsPollingAndWhatIsUnderWayIsAnswered) {
  const Gate gate{"gate-" + GetParam() + "-" + api_.address()};
  ChildFunction function{arguments({"hook", "long-drain"}), managed()};
  api_.invoke({.id = "a", .body = "gate " + gate.path()});
  ASSERT_TRUE(api_.wait_for_polls(3));
  ASSERT_TRUE(function.wait_for_output("inside"));
  function.signal(SIGTERM);
  ASSERT_TRUE(function.wait_for_output("runtime.draining"));
  ASSERT_TRUE(api_.wait_for_no_polls());
  gate.open();

  EXPECT_EQ(function.wait(), 0);
  EXPECT_EQ(api_.count("/a/response"), 1U);
  EXPECT_EQ(api_.count("/invocation/next"), 4U);
  EXPECT_NE(function.output().find("hook ran"), std::string::npos);
}

TEST_P(Process, R35_AHandlerThatIsAskedToStopAtTheEndOfTheBudgetCanStillEnd) {
  ChildFunction function{arguments(), managed()};
  api_.invoke({.id = "a", .body = "until-stop"});
  ASSERT_TRUE(api_.wait_for_polls(3));
  ASSERT_TRUE(function.wait_for_output("inside"));
  function.signal(SIGTERM);

  EXPECT_EQ(function.wait(), 0);
}

TEST_P(Process, R35_AHandlerThatNeverEndsIsAbandonedAndTheExitIsClean) {
  ChildFunction function{arguments({"hook"}), managed()};
  api_.invoke({.id = "a", .body = "sleep 600000"});
  ASSERT_TRUE(api_.wait_for_polls(3));
  ASSERT_TRUE(function.wait_for_output("inside"));
  function.signal(SIGTERM);

  EXPECT_EQ(function.wait(), 0);
  EXPECT_NE(function.output().find("runtime.handlers_abandoned"), std::string::npos);
}

TEST_P(Process, NoScratchDirectoryIsLeftNorThoseOfAKilledPredecessor) {
  namespace fs = std::filesystem;
  const auto directory = fs::path{testing::TempDir()} / ("scratch-" + GetParam() + "-" + api_.address());
  fs::create_directories(directory);
  const Environment scratch{{"TMPDIR", directory.native()}};
  auto variables = managed();
  variables[1] = scratch[0];
  {
    ChildFunction killed{arguments(), variables};
    api_.invoke({.id = "a", .body = "scratch"});
    ASSERT_TRUE(api_.wait_for_answer("a"));
    killed.signal(SIGKILL);
    killed.wait();
    ASSERT_TRUE(api_.wait_for_no_polls());
  }
  EXPECT_EQ(std::distance(fs::directory_iterator{directory}, {}), 1);

  ChildFunction successor{arguments(), variables};
  api_.invoke({.id = "b", .body = "scratch"});
  ASSERT_TRUE(api_.wait_for_answer("b"));
  EXPECT_EQ(std::distance(fs::directory_iterator{directory}, {}), 1);
  successor.signal(SIGTERM);
  EXPECT_EQ(successor.wait(), 0);
  EXPECT_TRUE(fs::is_empty(directory));
  fs::remove(directory);
}

TEST_P(Process, R43_NothingIsAskedOfTheRestoreEndpoints) {
  ChildFunction function{arguments(), managed()};
  ASSERT_TRUE(api_.wait_for_polls(4));
  function.signal(SIGTERM);
  EXPECT_EQ(function.wait(), 0);

  for (const auto& request : api_.requests()) EXPECT_EQ(request.path.find("/restore/"), std::string::npos);
}

TEST_P(Process, R44_AnInternalExtensionIsRegisteredFirstAndItsEventStaysPending) {
  ChildFunction function{arguments(), managed()};
  ASSERT_TRUE(api_.wait_for_polls(4));
  const auto event = api_.wait_for("/extension/event/next");
  ASSERT_TRUE(event);
  function.signal(SIGTERM);
  EXPECT_EQ(function.wait(), 0);

  const auto requests = api_.requests();
  EXPECT_EQ(requests.front().path, "/2020-01-01/extension/register");
  EXPECT_EQ(requests.front().body, R"({"events":[]})");
  EXPECT_EQ(event->header("Lambda-Extension-Identifier"), "7a3f0a2e-0000-4000-8000-000000000001");
  EXPECT_EQ(api_.count("/extension/event/next"), 1U);
}

TEST_P(Process, R44_StandardLambdaRegistersNoExtension) {
  ChildFunction function{arguments(), environment()};
  ASSERT_TRUE(api_.wait_for_polls(1));
  function.signal(SIGTERM);
  EXPECT_EQ(function.wait(), 0);

  EXPECT_EQ(api_.count("/extension/register"), 0U);
}

INSTANTIATE_TEST_SUITE_P(, Process, testing::Values("blocking", "coroutine"), [](const auto& tested) {
  return tested.param == "blocking" ? "Blocking" : "Coroutine";
});

}  // namespace
}  // namespace lmi::test
