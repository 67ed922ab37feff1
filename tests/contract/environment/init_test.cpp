// How an environment comes up, or does not: cases E40–E47, E59 and the platform's log.
#include "support/environment_harness.hpp"
#include "support/environment_virtual.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <vector>

namespace lmi::test {
namespace {

using namespace std::chrono_literals;
using emulator::environment::LogSource;
using Kind = emulator::environment::Outcome::Kind;
using Programs = EnvironmentHarness::Programs;

constexpr const char* init_error_path = "/2018-06-01/runtime/init/error";

TEST(Init, E40_ARuntimeThatExitsBeforePollingFailsTheWaitingCaller) {
  EnvironmentHarness ee{Programs::real};
  // It goes on only when it is told to, so that the caller is there first.
  ee.scratch.write("task/bootstrap", "#!/bin/sh\nwhile [ ! -e go ]; do :; done\nexit 3\n");
  ee.start();
  auto call = ee.invoke("id-1");
  ee.scratch.write("task/go", "");

  ASSERT_EQ(call.wait_for(patience), std::future_status::ready);
  const auto outcome = call.get();
  EXPECT_EQ(outcome.kind, Kind::function_error);
  EXPECT_EQ(outcome.error_type, "Runtime.ExitError");
  EXPECT_EQ(outcome.body, error_payload("Runtime.ExitError"));
  EXPECT_EQ(outcome.content_type, "application/json");
  const auto failure = ee.await_init_failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->error_type, "Runtime.ExitError");
  EXPECT_EQ(failure->message, "Runtime exited with error: exit status 3");
  EXPECT_EQ(ee.await_gone(), true);
  EXPECT_FALSE(ee.is_ready());
}

TEST(Init, E40_ExitingWithZeroIsAnErrorToo) {
  EnvironmentHarness ee{Programs::real};
  ee.scratch.write("task/bootstrap", "#!/bin/sh\nexit 0\n");
  ee.start();
  const auto failure = ee.await_init_failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->error_type, "Runtime.ExitError");
  EXPECT_EQ(ee.await_gone(), true);
}

TEST(Init, E41_ALaterExitIsExplainedByTheInitError) {
  VirtualEnvironment ee;
  ee.start();
  const auto call = ee.invoke("id-1");
  const auto reply = ee.post(init_error_path, R"({"errorMessage":"no table","errorType":"X"})",
                             {{"Lambda-Runtime-Function-Error-Type", "Function.Boo"}});
  EXPECT_EQ(reply->status(), 202U);
  EXPECT_FALSE(call->outcome);

  ee.supervisor.find("bootstrap")->exit(emulator::supervisor::Exited{1});
  ee.loop.run_until_idle();
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->kind, Kind::function_error);
  EXPECT_EQ(call->outcome->error_type, "Function.Boo");
  EXPECT_EQ(call->outcome->body, error_payload("Function.Boo"));
  EXPECT_EQ(call->outcome->content_type, "application/json");
  ASSERT_TRUE(ee.init_failure);
  EXPECT_EQ(ee.init_failure->error_type, "Function.Boo");
  EXPECT_EQ(ee.init_failure->message, "no table");
  EXPECT_EQ(ee.gone, true);
}

TEST(Init, E42_ASecondInitErrorIsRefused) {
  VirtualEnvironment ee;
  ee.start();
  EXPECT_EQ(ee.post(init_error_path)->status(), 202U);
  const auto second = ee.post(init_error_path);
  EXPECT_EQ(second->status(), 403U);
  EXPECT_EQ(
      second->response->body,
      "{\"errorMessage\":\"State transition from InitError to InitError failed for runtime. Error: state "
      "transition is not allowed\",\"errorType\":\"InvalidStateTransition\"}\n");
}

TEST(Init, E43_AnInitErrorAfterTheFirstPollChangesNothing) {
  VirtualEnvironment ee;
  ee.start_ready();
  EXPECT_EQ(ee.post(init_error_path)->status(), 202U);
  const auto call = ee.invoke("id-1");
  EXPECT_EQ(ee.post(invocation_path("id-1", "response"), "served")->status(), 202U);
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->body, "served");
}

TEST(Init, E44_WithoutAPollInTimeItTimesOut) {
  VirtualEnvironment ee;
  ee.spec.init_timeout = 130s;
  ee.start();
  const auto call = ee.invoke("id-1");
  ee.loop.advance(130s - 1ms);
  EXPECT_FALSE(call->outcome);

  ee.loop.advance(1ms);
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->kind, Kind::function_error);
  EXPECT_EQ(call->outcome->error_type, "Sandbox.Timedout");
  EXPECT_EQ(call->outcome->body, error_payload("Sandbox.Timedout"));
  ASSERT_TRUE(ee.init_failure);
  EXPECT_EQ(ee.init_failure->error_type, "Sandbox.Timedout");
  EXPECT_THAT(ee.supervisor.find("bootstrap")->signals, testing::ElementsAre(SIGKILL));
  EXPECT_EQ(ee.gone, true);
}

void expect_init_failure(EnvironmentHarness& ee, const std::string& type, const std::string& word) {
  ee.start();
  const auto failure = ee.await_init_failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->error_type, type);
  EXPECT_THAT(failure->message, testing::HasSubstr(word));
  EXPECT_EQ(ee.await_gone(), true);
  EXPECT_FALSE(std::filesystem::exists(ee.spec.tmp_directory));
}

TEST(Init, E45_AMissingBootstrapIsAnInvalidEntrypoint) {
  EnvironmentHarness ee{Programs::real};
  std::filesystem::remove(ee.spec.task_root / "bootstrap");
  expect_init_failure(ee, "Runtime.InvalidEntrypoint", "bootstrap");
}

TEST(Init, E45_ABootstrapThatIsNotExecutableIsAnInvalidEntrypoint) {
  EnvironmentHarness ee{Programs::real};
  ee.scratch.write("task/bootstrap", "#!/bin/sh\n", 0644);
  expect_init_failure(ee, "Runtime.InvalidEntrypoint", "denied");
}

TEST(Init, E45_AMissingTaskRootIsAnInvalidWorkingDirectory) {
  EnvironmentHarness ee{Programs::real};
  ee.spec.task_root = ee.scratch.path() / "nowhere";
  expect_init_failure(ee, "Runtime.InvalidWorkingDir", "nowhere");
}

TEST(Init, TheLayersBootstrapIsUsedWhenThePackageHasNone) {
  VirtualEnvironment ee;
  std::filesystem::remove(ee.spec.task_root / "bootstrap");
  ee.spec.opt_root = ee.scratch.path() / "opt";
  const auto bootstrap = ee.scratch.write("opt/bootstrap", "#!/bin/sh\n");
  ee.start();
  const auto puppet = ee.supervisor.find("bootstrap");
  ASSERT_TRUE(puppet);
  EXPECT_EQ(puppet->spec.executable, bootstrap);
  EXPECT_THAT(puppet->spec.arguments, testing::ElementsAre(bootstrap.string()));
  EXPECT_EQ(puppet->spec.working_directory, ee.spec.task_root);
}

class MaxConcurrency : public testing::TestWithParam<const char*> {};
TEST_P(MaxConcurrency, E46_ThatIsNoNumberIsOne) {
  VirtualEnvironment ee;
  ee.spec.max_concurrency = GetParam();
  ee.start();
  const auto puppet = ee.supervisor.find("bootstrap");
  EXPECT_EQ(puppet->variable("AWS_LAMBDA_MAX_CONCURRENCY"), "1");
  EXPECT_EQ(puppet->variable("AWS_LAMBDA_INITIALIZATION_TYPE"), "lambda-managed-instances");
}
INSTANTIATE_TEST_SUITE_P(Texts, MaxConcurrency, testing::Values("", "abc", "0", "-4", "4x"));

TEST(Init, StandardLambdaHasNoMaxConcurrency) {
  VirtualEnvironment ee;
  ee.spec.max_concurrency.reset();
  ee.start();
  const auto puppet = ee.supervisor.find("bootstrap");
  EXPECT_EQ(puppet->variable("AWS_LAMBDA_MAX_CONCURRENCY"), "<absent>");
  EXPECT_EQ(puppet->variable("AWS_LAMBDA_INITIALIZATION_TYPE"), "on-demand");
}

TEST(Init, E47_TheProcessEnvironmentIsExactlyAsDocumented) {
  VirtualEnvironment ee;
  ee.spec.handler = "app.main";
  ee.spec.log_group = "/aws/lambda/test_function";
  ee.spec.log_stream = "2026/11/21/[1]ee";
  ee.spec.variables = {
      {"TABLE", "orders"}, {"_FOO", "dropped"}, {"AWS_REGION", "mars-1"}, {"TMPDIR", "/elsewhere"}};
  ee.start();
  const auto task = ee.spec.task_root.string();
  EXPECT_THAT(
      ee.supervisor.find("bootstrap")->spec.environment,
      testing::UnorderedElementsAre(
          "AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001", "AWS_LAMBDA_MAX_CONCURRENCY=8",
          "AWS_LAMBDA_INITIALIZATION_TYPE=lambda-managed-instances", "AWS_LAMBDA_FUNCTION_NAME=test_function",
          "AWS_LAMBDA_FUNCTION_VERSION=1", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=2048",
          "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/test_function",
          "AWS_LAMBDA_LOG_STREAM_NAME=2026/11/21/[1]ee", "AWS_LAMBDA_LOG_FORMAT=JSON", "_HANDLER=app.main",
          "LAMBDA_TASK_ROOT=" + task, "LAMBDA_RUNTIME_DIR=/var/runtime", "AWS_REGION=us-east-1",
          "AWS_DEFAULT_REGION=us-east-1",
          "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "AWS_SESSION_TOKEN=", "TZ=:UTC", "LANG=en_US.UTF-8",
          "PATH=/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
          "LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:" + task + ":" +
              task + "/lib:/opt/lib",
          "AWS_XRAY_CONTEXT_MISSING=LOG_ERROR", "AWS_XRAY_DAEMON_ADDRESS=", "_AWS_XRAY_DAEMON_ADDRESS=",
          "_AWS_XRAY_DAEMON_PORT=2000", "TABLE=orders", "TMPDIR=" + ee.spec.tmp_directory.string()));
}

TEST(Init, E47_TheFunctionMayReplaceAFewOfThePlatformsVariables) {
  VirtualEnvironment ee;
  ee.spec.log_level = "INFO";
  ee.spec.variables = {{"TZ", "Europe/Paris"},
                       {"PATH", "/mine"},
                       {"LANG", "C"},
                       {"LD_LIBRARY_PATH", "/lib"},
                       {"AWS_LAMBDA_LOG_FORMAT", "Text"},
                       {"AWS_LAMBDA_LOG_LEVEL", "DEBUG"},
                       {"AWS_XRAY_CONTEXT_MISSING", "IGNORE"},
                       {"AWS_XRAY_DAEMON_ADDRESS", "10.0.0.1:2000"},
                       {"AWS_ACCESS_KEY_ID", "local"}};
  ee.start();
  const auto puppet = ee.supervisor.find("bootstrap");
  for (const auto& [name, value] : ee.spec.variables) EXPECT_EQ(puppet->variable(name), value) << name;
}

TEST(Init, TheTmpDirectoryIsPrivateAndGoesWithTheEnvironment) {
  EnvironmentHarness ee{Programs::real};
  ee.scratch.write("task/bootstrap",
                   "#!/bin/sh\nmkdir \"$TMPDIR/sub\"; touch \"$TMPDIR/sub/file\"; chmod 0 \"$TMPDIR/sub\"\n"
                   "echo made; exec sleep 600\n");
  ee.start();
  ASSERT_EQ(ee.await_log(LogSource::function, "made"), "made");
  struct stat info {};
  ASSERT_EQ(::stat(ee.spec.tmp_directory.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
  EXPECT_TRUE(std::filesystem::exists(ee.spec.tmp_directory / "sub"));

  ee.shut_down();
  EXPECT_EQ(ee.await_gone(), false);
  EXPECT_FALSE(std::filesystem::exists(ee.spec.tmp_directory));
}

TEST(Init, ADirectoryThatIsThereAlreadyIsNotTakenOver) {
  EnvironmentHarness ee;
  const auto precious = ee.scratch.write("tmp/ee-test/precious", "data");
  ee.start();
  const auto failure = ee.await_init_failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->error_type, "Sandbox.Failure");
  EXPECT_THAT(failure->message, testing::HasSubstr("exists"));
  EXPECT_EQ(ee.await_gone(), true);
  EXPECT_TRUE(std::filesystem::exists(precious));
}

TEST(Init, OutputBecomesLogLines) {
  EnvironmentHarness ee{Programs::real};
  ee.scratch.write("task/bootstrap",
                   "#!/bin/sh\necho to stdout; echo to stderr >&2; printf unfinished; exit 1\n");
  ee.start();
  EXPECT_EQ(ee.await_log(LogSource::function, "stdout"), "to stdout");
  EXPECT_EQ(ee.await_log(LogSource::function, "stderr"), "to stderr");
  EXPECT_EQ(ee.await_log(LogSource::function, "unfinished"), "unfinished");
  EXPECT_EQ(ee.await_gone(), true);
}

std::vector<std::string> types_of(const std::vector<std::string>& log) {
  std::vector<std::string> types;
  for (const auto& line : log) {
    const auto begin = line.find("\"type\":\"") + 8;
    types.push_back(line.substr(begin, line.find('"', begin) - begin));
  }
  return types;
}

TEST(PlatformLog, TellsInitStartAndReportInOrder) {
  VirtualEnvironment ee;
  ee.start_ready();
  ee.invoke("id-1");
  ee.loop.advance(250ms);
  ee.post(invocation_path("id-1", "response"));
  EXPECT_THAT(types_of(ee.log),
              testing::ElementsAre("platform.initStart", "platform.initRuntimeDone", "platform.initReport",
                                   "platform.start", "platform.report"));
  EXPECT_THAT(
      ee.log[0],
      testing::MatchesRegex(
          R"(\{"time":"[-0-9]+T[:0-9]+\.[0-9][0-9][0-9]Z","type":"platform.initStart","record":\{"initializationType":"lambda-managed-instances".*\}\})"));
  EXPECT_THAT(ee.log[3], testing::HasSubstr(R"("record":{"requestId":"id-1","version":"1","functionArn":")"));
  EXPECT_THAT(ee.log[4],
              testing::HasSubstr(
                  R"("record":{"requestId":"id-1","status":"success","metrics":{"durationMs":250.000},)"));
}

TEST(PlatformLog, TellsHowAnInvocationFailed) {
  VirtualEnvironment ee;
  ee.spec.timeout = 3s;
  ee.start_ready();
  ee.poll();
  ee.poll();
  ee.invoke("reported");
  ee.post(invocation_path("reported", "error"), "{}",
          {{"Lambda-Runtime-Function-Error-Type", "Function.Oops"}});
  EXPECT_THAT(ee.log.back(), testing::HasSubstr(R"("status":"error")"));
  EXPECT_THAT(ee.log.back(), testing::HasSubstr(R"("errorType":"Function.Oops")"));
  ee.invoke("slow");
  ee.loop.advance(3s);
  EXPECT_THAT(ee.log.back(), testing::HasSubstr(R"("status":"timeout")"));
  ee.invoke("cut");
  ee.shut_down(emulator::environment::ShutdownReason::spindown);
  EXPECT_THAT(ee.log.back(), testing::HasSubstr(R"("status":"failure")"));
  EXPECT_THAT(ee.log.back(), testing::HasSubstr(R"("errorType":"Client.ExecutionEnvironmentShutDown")"));
}

TEST(Router, E59_UnknownPathsAndMethods) {
  EnvironmentHarness ee;
  ee.start();
  auto client = ee.connect();
  for (const char* path : {"/2020-08-15/logs", "/2018-06-01/runtime/restore/next", "/",
                           "/2021-04-23/credentials", "/2018-06-01/runtime/invocation/id/other"}) {
    const auto reply = client.call("GET", path);
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_EQ(reply.body, "404 page not found\n") << path;
    EXPECT_EQ(reply.header("x-content-type-options"), "nosniff") << path;
    EXPECT_THAT(reply.header("content-type"), testing::StartsWith("text/plain")) << path;
  }
  const auto wrong_method = client.call("POST", next_path, {}, "x");
  EXPECT_EQ(wrong_method.status, 405);
  EXPECT_EQ(wrong_method.body, "");
  EXPECT_EQ(client.call("GET", invocation_path("id", "response")).status, 405);
  EXPECT_EQ(client.call("DELETE", "/2022-07-01/telemetry").status, 405);
}

TEST(Router, PingAnswers) {
  EnvironmentHarness ee;
  ee.start();
  auto client = ee.connect();
  const auto ping = client.call("GET", "/2018-06-01/ping");
  EXPECT_EQ(ping.status, 200);
  EXPECT_EQ(ping.body, "pong");
}

}  // namespace
}  // namespace lmi::test
