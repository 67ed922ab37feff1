// An environment of standard Lambda: one call at a time.
#include "support/environment_harness.hpp"
#include "support/environment_virtual.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lmi::test {
namespace {

using namespace std::chrono_literals;
using emulator::environment::LogSource;
using emulator::environment::ShutdownReason;
using emulator::supervisor::Exited;
using Kind = emulator::environment::Outcome::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

constexpr const char* event_path = "/2020-01-01/extension/event/next";

class StandardEnvironment : public testing::Test {
 protected:
  StandardEnvironment() {
    ee.spec.max_concurrency.reset();
    ee.spec.function_version = "$LATEST";
    ee.spec.log_format = "Text";
    ee.spec.memory_mb = 128;
    ee.spec.timeout = 3s;
    ee.spec.repoll_grace = 100ms;
  }
  /// A cold call that has reached the runtime after an Init of 50 ms.
  std::shared_ptr<VirtualEnvironment::Call> cold_call() {
    ee.start();
    auto call = ee.invoke("id-1");
    ee.loop.advance(50ms);
    ee.poll();
    return call;
  }
  void respond(const std::string& id) { ee.post(invocation_path(id, "response"), "\"ok\""); }
  std::string sign_up(const std::string& name, const std::string& events) {
    const auto answer = ee.post("/2020-01-01/extension/register", "{\"events\":" + events + "}",
                                {{"Lambda-Extension-Name", name}});
    EXPECT_EQ(answer->status(), 200U);
    return std::string(answer->response->headers.get("Lambda-Extension-Identifier"));
  }
  std::shared_ptr<FakeExchange> next(const std::string& id) {
    return ee.request("GET", event_path, {{"Lambda-Extension-Identifier", id}});
  }
  void external(const std::string& name) {
    ee.spec.opt_root = ee.scratch.path() / "opt";
    ee.scratch.write("opt/extensions/" + name, "#!/bin/sh\n");
  }

  VirtualEnvironment ee;
};

TEST_F(StandardEnvironment, TheRuntimeIsNotToldOfConcurrency) {
  ee.start();
  const auto puppet = ee.supervisor.find("bootstrap");
  EXPECT_EQ(puppet->variable("AWS_LAMBDA_MAX_CONCURRENCY"), "<absent>");
  EXPECT_EQ(puppet->variable("AWS_LAMBDA_INITIALIZATION_TYPE"), "on-demand");
  EXPECT_EQ(puppet->variable("AWS_LAMBDA_LOG_FORMAT"), "Text");
}

TEST_F(StandardEnvironment, TheCallerHasItsAnswerWhenTheRuntimeAsksForTheNextEvent) {
  const auto call = cold_call();
  respond("id-1");
  EXPECT_FALSE(call->outcome);
  EXPECT_EQ(ee.idle, 0U);
  ee.poll();
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->body, "\"ok\"");
  EXPECT_EQ(ee.idle, 1U);
}

TEST_F(StandardEnvironment, TheCallerDoesNotWaitForTheNextPollForLong) {
  const auto call = cold_call();
  respond("id-1");
  ee.loop.advance(100ms);
  EXPECT_TRUE(call->outcome);
  EXPECT_EQ(ee.idle, 0U) << "but the environment is busy";
  ee.poll();
  EXPECT_EQ(ee.idle, 1U);
}

TEST_F(StandardEnvironment, TextLogsHaveStartEndAndReport) {
  ee.start();
  const auto call = ee.invoke("id-1");
  ee.loop.advance(50ms);
  ee.supervisor.find("bootstrap")->peak_memory = 17U * 1024 * 1024 + 1;
  ee.poll();
  ee.loop.advance(2ms);
  respond("id-1");
  ee.poll();
  EXPECT_THAT(
      ee.log,
      ElementsAre("START RequestId: id-1 Version: $LATEST", "END RequestId: id-1",
                  "REPORT RequestId: id-1\tDuration: 2.00 ms\tBilled Duration: 52 ms\tMemory Size: 128 "
                  "MB\tMax Memory Used: 18 MB\tInit Duration: 50.00 ms\t"));
  ee.log.clear();
  ee.invoke("id-2");
  ee.loop.advance(1500us);
  respond("id-2");
  ee.poll();
  ASSERT_EQ(ee.log.size(), 3U);
  EXPECT_EQ(ee.log[2],
            "REPORT RequestId: id-2\tDuration: 1.50 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax "
            "Memory Used: 18 MB\t");
}

TEST_F(StandardEnvironment, JsonLogsHavePlatformLinesFromTheSystemLevelUp) {
  ee.spec.log_format = "JSON";
  cold_call();
  ee.loop.advance(2ms);
  respond("id-1");
  ee.poll();
  ASSERT_EQ(ee.log.size(), 3U) << "DEBUG lines are left out";
  EXPECT_THAT(ee.log[0], HasSubstr(R"("type":"platform.initStart")"));
  EXPECT_THAT(ee.log[0], HasSubstr(R"("initializationType":"on-demand")"));
  EXPECT_THAT(ee.log[1], HasSubstr(R"("type":"platform.start")"));
  EXPECT_THAT(
      ee.log[2],
      HasSubstr(R"("type":"platform.report","record":{"requestId":"id-1","status":"success","metrics":{)"
                R"("durationMs":2.000,"billedDurationMs":52,"memorySizeMB":128,"maxMemoryUsedMB":0,)"
                R"("initDurationMs":50.000})"));
}

TEST_F(StandardEnvironment, SystemLevelsChooseThePlatformsLines) {
  ee.spec.log_format = "JSON";
  ee.spec.system_log_level = "WARN";
  cold_call();
  respond("id-1");
  ee.poll();
  EXPECT_TRUE(ee.log.empty());
  ee.invoke("id-2");
  ee.loop.advance(3s);
  ASSERT_FALSE(ee.log.empty());
  EXPECT_THAT(ee.log.back(), HasSubstr(R"("status":"timeout")"));
}

TEST_F(StandardEnvironment, ATailIsTheCallsOwnLog) {
  ee.start();
  const auto puppet = ee.supervisor.find("bootstrap");
  puppet->print(emulator::supervisor::Stream::out, "from Init");
  emulator::environment::Invocation invocation;
  invocation.request_id = "id-1";
  invocation.wants_log_tail = true;
  std::optional<emulator::environment::Outcome> outcome;
  ee.environment->invoke(invocation, [&](emulator::environment::Outcome told) { outcome = std::move(told); });
  ee.poll();
  puppet->print(emulator::supervisor::Stream::out, "hello");
  respond("id-1");
  ee.poll();
  ASSERT_TRUE(outcome);
  EXPECT_THAT(outcome->log_tail, testing::StartsWith("START RequestId: id-1 Version: $LATEST\nhello\nEND"));
  EXPECT_THAT(outcome->log_tail, testing::EndsWith("\t\n"));

  const auto plain = ee.invoke("id-2");
  respond("id-2");
  ee.poll();
  EXPECT_EQ(plain->outcome->log_tail, "");
}

TEST_F(StandardEnvironment, ATailHasFourKilobytesAtTheMost) {
  ee.start();
  emulator::environment::Invocation invocation;
  invocation.request_id = "id-1";
  invocation.wants_log_tail = true;
  std::optional<emulator::environment::Outcome> outcome;
  ee.environment->invoke(invocation, [&](emulator::environment::Outcome told) { outcome = std::move(told); });
  ee.poll();
  for (int i = 0; i < 1000; ++i) {
    ee.supervisor.find("bootstrap")->print(emulator::supervisor::Stream::out, "line " + std::to_string(i));
  }
  respond("id-1");
  ee.poll();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->log_tail.size(), 4096U);
  EXPECT_THAT(outcome->log_tail, HasSubstr("line 999\nEND RequestId: id-1\nREPORT"));
}

TEST_F(StandardEnvironment, ATimeoutEndsTheEnvironment) {
  const auto call = cold_call();
  ee.log.clear();
  ee.loop.advance(3s);
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->error_type, "Sandbox.Timedout");
  EXPECT_THAT(ee.supervisor.find("bootstrap")->signals, testing::Contains(SIGKILL));
  EXPECT_EQ(ee.gone, true);
  ASSERT_EQ(ee.log.size(), 3U);
  EXPECT_THAT(ee.log[0], MatchesRegex(R"(.*Z id-1 Task timed out after 3.00 seconds)"));
  EXPECT_THAT(ee.log[2], HasSubstr("Duration: 3000.00 ms"));
  EXPECT_THAT(ee.log[2], testing::EndsWith("Status: timeout"));
}

TEST_F(StandardEnvironment, ACrashSaysHowTheRuntimeEnded) {
  const auto call = cold_call();
  ee.supervisor.find("bootstrap")->exit(Exited{7});
  ee.loop.run_until_idle();
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->kind, Kind::function_error);
  EXPECT_THAT(call->outcome->body, HasSubstr("Runtime exited with error: exit status 7"));
  EXPECT_THAT(ee.log.back(), testing::EndsWith("Status: error\tError Type: Runtime.ExitError"));
  EXPECT_EQ(ee.gone, true);
}

TEST_F(StandardEnvironment, ACrashAfterTheAnswerDoesNotTakeItBack) {
  const auto call = cold_call();
  respond("id-1");
  ee.supervisor.find("bootstrap")->exit(Exited{1});
  ee.loop.run_until_idle();
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->kind, Kind::success);
}

TEST_F(StandardEnvironment, AnInitErrorIsKeptAsTheRuntimePostedIt) {
  ee.start();
  ee.invoke("id-1");
  ee.post("/2018-06-01/runtime/init/error", R"({"errorMessage":"no table","stackTrace":["a"]})",
          {{"Lambda-Runtime-Function-Error-Type", "Function.NoTable"}});
  ee.supervisor.find("bootstrap")->exit(Exited{1});
  ee.loop.run_until_idle();
  ASSERT_TRUE(ee.init_failure);
  EXPECT_EQ(ee.init_failure->error_type, "Function.NoTable");
  EXPECT_EQ(ee.init_failure->body, R"({"errorMessage":"no table","stackTrace":["a"]})");
  EXPECT_THAT(ee.log.back(),
              MatchesRegex("INIT_REPORT Init Duration: .* ms\tPhase: init\tStatus: error\tError Type: "
                           "Function.NoTable"));
}

TEST_F(StandardEnvironment, ARepeatedInitReportsNoInitDuration) {
  ee.spec.repeats_init = true;
  cold_call();
  ee.loop.advance(2ms);
  respond("id-1");
  ee.poll();
  EXPECT_THAT(ee.log.back(), HasSubstr("Billed Duration: 2 ms"));
  EXPECT_THAT(ee.log.back(), testing::Not(HasSubstr("Init Duration")));
}

TEST_F(StandardEnvironment, ExtensionsAreToldOfInvocationsAndKeepTheEnvironmentBusy) {
  external("ext1");
  ee.start();
  const std::string id = sign_up("ext1", R"(["INVOKE","SHUTDOWN"])");
  const auto first = next(id);
  emulator::environment::Invocation invocation;
  invocation.request_id = "id-1";
  invocation.trace_id = "Root=1-2-3";
  std::optional<emulator::environment::Outcome> outcome;
  ee.environment->invoke(invocation, [&](emulator::environment::Outcome told) { outcome = std::move(told); });
  ee.poll();
  ASSERT_EQ(first->status(), 200U);
  EXPECT_THAT(first->response->body,
              MatchesRegex(R"(\{"eventType":"INVOKE","deadlineMs":[0-9]+,"requestId":"id-1",)"
                           R"("invokedFunctionArn":"arn:[^"]+","tracing":\{"type":"X-Amzn-Trace-Id",)"
                           R"("value":"Root=1-2-3"\}\})"));
  respond("id-1");
  ee.poll();
  EXPECT_TRUE(outcome) << "the caller does not wait for extensions";
  EXPECT_EQ(ee.idle, 0U);
  next(id);
  EXPECT_EQ(ee.idle, 1U);
}

TEST_F(StandardEnvironment, AnInternalExtensionCanHaveInvokeEventsOnly) {
  ee.start();
  const auto refused = ee.post("/2020-01-01/extension/register", R"({"events":["SHUTDOWN"]})",
                               {{"Lambda-Extension-Name", "inside"}});
  EXPECT_EQ(refused->status(), 403U);
  EXPECT_THAT(refused->response->body, HasSubstr("SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"));
  sign_up("inside", R"(["INVOKE"])");
}

TEST_F(StandardEnvironment, AfterATimeoutExtensionsHearWhy) {
  external("ext1");
  ee.start();
  const std::string id = sign_up("ext1", R"(["SHUTDOWN"])");
  const auto pending = next(id);
  ee.supervisor.find("bootstrap")->obeys_sigterm = true;
  ee.poll();
  ee.invoke("id-1");
  ee.loop.advance(3s);
  ee.loop.advance(1s);  // telemetry is flushed first
  ASSERT_EQ(pending->status(), 200U);
  EXPECT_THAT(pending->response->body, HasSubstr(R"("shutdownReason":"timeout")"));
}

TEST_F(StandardEnvironment, DrainingWaitsForTheAnswerToReachItsCaller) {
  const auto call = cold_call();
  ee.shut_down(ShutdownReason::spindown, 10s);
  respond("id-1");
  EXPECT_FALSE(ee.gone);
  ee.poll();
  EXPECT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->kind, Kind::success);
  EXPECT_EQ(ee.gone, false);
}

TEST(StandardEnvironmentReal, EverythingPrintedBeforeTheAnswerIsInTheTail) {
  EnvironmentHarness ee{EnvironmentHarness::Programs::real};
  ee.spec.max_concurrency.reset();
  ee.spec.log_format = "Text";
  ee.spec.repoll_grace = std::chrono::milliseconds{60'000};
  ee.spec.timeout = std::chrono::milliseconds{60'000};
  ee.scratch.write(
      "task/bootstrap",
      "#!/usr/bin/env python3\n"
      "import os, urllib.request\n"
      "api = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2018-06-01/runtime/invocation/'\n"
      "while True:\n"
      "    event = urllib.request.urlopen(api + 'next')\n"
      "    os.write(1, b'a line\\n' * 300)\n"
      "    os.write(2, b'the last line\\n')\n"
      "    id = event.headers['Lambda-Runtime-Aws-Request-Id']\n"
      "    urllib.request.urlopen(urllib.request.Request(api + id + '/response', b'{}'))\n");
  ee.start();
  for (int i = 0; i < 20; ++i) {
    emulator::environment::Invocation invocation;
    invocation.request_id = "id-" + std::to_string(i);
    invocation.wants_log_tail = true;
    auto call = ee.invoke(invocation);
    ASSERT_EQ(call.wait_for(patience), std::future_status::ready);
    const auto outcome = call.get();
    ASSERT_EQ(outcome.kind, Kind::success) << outcome.body;
    EXPECT_THAT(outcome.log_tail, HasSubstr("the last line\n"));
    EXPECT_THAT(outcome.log_tail, HasSubstr("a line\n"));
    EXPECT_THAT(outcome.log_tail, HasSubstr("REPORT RequestId: " + invocation.request_id));
    EXPECT_THAT(outcome.log_tail, testing::Not(HasSubstr("Max Memory Used: 0 MB")));
  }
}

}  // namespace
}  // namespace lmi::test
