// How an environment ends: cases E32–E38.
#include "support/environment_harness.hpp"
#include "support/environment_virtual.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

namespace lmi::test {
namespace {

using namespace std::chrono_literals;
using emulator::environment::ShutdownReason;
using emulator::supervisor::Exited;
using emulator::supervisor::Signalled;
using Kind = emulator::environment::Outcome::Kind;
using Outcome = emulator::environment::Outcome;
using testing::ElementsAre;

TEST(Crash, E32_EveryCallerInFlightIsToldAndTheEnvironmentIsOver) {
  EnvironmentHarness ee{EnvironmentHarness::Programs::real};
  ee.start_ready();
  auto second = ee.poll();
  auto idle = ee.poll();
  auto call_1 = ee.invoke("id-1");
  auto call_2 = ee.invoke("id-2");
  ASSERT_TRUE(ee.first_poll->receive());
  ASSERT_TRUE(second.receive());

  ASSERT_EQ(::kill(ee.stats().pid, SIGKILL), 0);
  for (auto* call : {&call_1, &call_2}) {
    ASSERT_EQ(call->wait_for(patience), std::future_status::ready);
    const auto outcome = call->get();
    EXPECT_EQ(outcome.kind, Kind::function_error);
    EXPECT_EQ(outcome.error_type, "Runtime.ExitError");
    EXPECT_EQ(outcome.body, error_payload("Runtime.ExitError"));
  }
  EXPECT_TRUE(idle.closed_by_peer());  // without a response
  EXPECT_EQ(ee.await_gone(), true);
  EXPECT_FALSE(std::filesystem::exists(ee.spec.tmp_directory));
}

TEST(Crash, E33_AnOutOfMemoryKillIsToldApart) {
  VirtualEnvironment ee;
  ee.start_ready();
  const auto call = ee.invoke("id-1");
  ee.supervisor.find("bootstrap")->exit(Signalled{.signal = SIGKILL, .out_of_memory = true});
  ee.loop.run_until_idle();
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->kind, Kind::function_error);
  EXPECT_EQ(call->outcome->error_type, "Runtime.OutOfMemory");
}

TEST(Crash, E33_TheProcessGetsTheLimitThatWasAskedFor) {
  VirtualEnvironment ee;
  ee.spec.memory_limit_bytes = 512ULL << 20;
  ee.start();
  EXPECT_EQ(ee.supervisor.find("bootstrap")->spec.memory_limit_bytes, 512ULL << 20);
}

TEST(Crash, AnEarlierInitErrorNamesTheCause) {
  VirtualEnvironment ee;
  ee.start_ready();
  ee.post("/2018-06-01/runtime/init/error", "{}", {{"Lambda-Runtime-Function-Error-Type", "Function.Boo"}});
  const auto call = ee.invoke("id-1");
  ee.supervisor.find("bootstrap")->exit(Exited{1});
  ee.loop.run_until_idle();
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->error_type, "Function.Boo");
  EXPECT_FALSE(ee.init_failure);
}

TEST(Crash, AnUploadUnderWayIsCutOff) {
  VirtualEnvironment ee;
  ee.start_ready();
  const auto call = ee.invoke("id-1");
  const auto upload = ee.request("POST", invocation_path("id-1", "response"));
  ee.supervisor.find("bootstrap")->exit(Exited{1});
  ee.loop.run_until_idle();
  EXPECT_TRUE(upload->dropped);
  upload->body_arrives("nobody waits for it");
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->error_type, "Runtime.ExitError");
}

// The official emulator answers this caller 400. Here the caller learns that its invocation failed, not that
// it was refused: it reached the function, and a refused call may be repeated elsewhere without asking.
TEST(Shutdown, E34_ACallInFlightIsToldOfTheShutdown) {
  EnvironmentHarness ee;
  ee.start_ready();
  auto call = ee.invoke("id-1");
  ASSERT_TRUE(ee.first_poll->receive());
  ee.shut_down();

  ASSERT_EQ(call.wait_for(patience), std::future_status::ready);
  const auto outcome = call.get();
  EXPECT_EQ(outcome.kind, Kind::function_error);
  EXPECT_EQ(outcome.error_type, "Client.ExecutionEnvironmentShutDown");
  EXPECT_EQ(outcome.body, error_payload("Client.ExecutionEnvironmentShutDown"));
  EXPECT_EQ(ee.await_gone(), false);
}

TEST(Shutdown, E34_ACallThatStillWaitedIsRefused) {
  VirtualEnvironment ee;
  ee.start();
  const auto call = ee.invoke("id-1");
  ee.shut_down(ShutdownReason::spindown);
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->kind, Kind::refused);
  EXPECT_EQ(call->outcome->error_type, "Client.ExecutionEnvironmentShutDown");
  EXPECT_EQ(ee.gone, false);
  EXPECT_FALSE(ee.init_failure);
}

TEST(Shutdown, E35_WithoutAnExtensionTheRuntimeIsKilledAtOnce) {
  VirtualEnvironment ee;
  ee.start_ready();
  const auto idle = ee.poll();
  ee.shut_down(ShutdownReason::spindown);
  EXPECT_THAT(ee.supervisor.find("bootstrap")->signals, ElementsAre(SIGKILL));
  EXPECT_TRUE(idle->dropped);
  EXPECT_EQ(ee.gone, false);
  EXPECT_FALSE(ee.network.open);
}

TEST(Shutdown, NewCallsAreRefusedFromThen) {
  VirtualEnvironment ee;
  ee.start_ready();
  ee.supervisor.find("bootstrap")->alive = false;  // it hangs in the kernel: SIGKILL does nothing
  ee.environment->shut_down(ShutdownReason::spindown);
  const auto call = ee.invoke("id-1");
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->kind, Kind::refused);
  EXPECT_EQ(call->outcome->error_type, "Client.ExecutionEnvironmentUnhealthy");
  EXPECT_FALSE(ee.gone);

  ee.loop.advance(4s);  // it is given up on
  EXPECT_EQ(ee.gone, false);
}

TEST(Shutdown, BeforeTheStartThereIsNothingToCall) {
  VirtualEnvironment ee;
  ee.environment = std::make_unique<emulator::environment::Environment>(
      emulator::environment::Environment::Services{ee.loop, ee.network, ee.supervisor}, ee.spec,
      emulator::environment::EnvironmentEvents{});
  const auto call = ee.invoke("id-1");
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->error_type, "Client.InitIncomplete");
}

/// An environment with one external extension, "ext1", that subscribed to SHUTDOWN and waits for it.
class ShutdownWithExtension : public testing::Test {
 protected:
  void SetUp() override {
    ee.spec.opt_root = ee.scratch.path() / "opt";
    ee.scratch.write("opt/extensions/ext1", "#!/bin/sh\n");
    ee.start();
    const auto registered = ee.post("/2020-01-01/extension/register", R"({"events":["SHUTDOWN"]})",
                                    {{"Lambda-Extension-Name", "ext1"}});
    identifier = registered->response->headers.get("Lambda-Extension-Identifier");
    event =
        ee.request("GET", "/2020-01-01/extension/event/next", {{"Lambda-Extension-Identifier", identifier}});
    ee.poll();
    ASSERT_TRUE(ee.ready);
  }
  std::shared_ptr<PuppetSupervisor::Puppet> runtime() { return ee.supervisor.find("bootstrap"); }
  std::shared_ptr<PuppetSupervisor::Puppet> extension() { return ee.supervisor.find("ext1"); }

  VirtualEnvironment ee;
  std::string identifier;
  std::shared_ptr<FakeExchange> event;
};

TEST_F(ShutdownWithExtension, E36_TheRuntimeGetsSigtermFirstThenTheExtensionItsEvent) {
  ee.environment->shut_down(ShutdownReason::spindown);
  ee.loop.run_until_idle();
  EXPECT_THAT(runtime()->signals, ElementsAre(SIGTERM));
  EXPECT_EQ(event->status(), 0U);  // not before the runtime is gone

  runtime()->exit(Exited{0});
  ee.loop.run_until_idle();
  EXPECT_EQ(event->status(), 200U);
  EXPECT_THAT(
      event->response->body,
      testing::MatchesRegex(R"(\{"eventType":"SHUTDOWN","deadlineMs":[0-9]+,"shutdownReason":"spindown"\})"));
  EXPECT_FALSE(ee.gone);
  extension()->exit(Exited{0});
  ee.loop.run_until_idle();
  EXPECT_EQ(ee.gone, false);
}

TEST_F(ShutdownWithExtension, E36_ARuntimeThatIgnoresSigtermIsKilledAfter600Milliseconds) {
  ee.environment->shut_down(ShutdownReason::spindown);
  ee.loop.advance(599ms);
  EXPECT_THAT(runtime()->signals, ElementsAre(SIGTERM));
  ee.loop.advance(1ms);
  EXPECT_THAT(runtime()->signals, ElementsAre(SIGTERM, SIGKILL));
  EXPECT_EQ(event->status(), 200U);
}

TEST_F(ShutdownWithExtension, E37_AnExtensionThatIgnoresShutdownIsKilledAfterTwoSeconds) {
  ee.environment->shut_down(ShutdownReason::spindown);
  ee.loop.advance(1999ms);
  EXPECT_TRUE(extension()->signals.empty());
  EXPECT_FALSE(ee.gone);
  ee.loop.advance(1ms);
  EXPECT_THAT(extension()->signals, ElementsAre(SIGKILL));
  EXPECT_EQ(ee.gone, false);
}

TEST_F(ShutdownWithExtension, E38_AfterACrashTheReasonIsFailure) {
  runtime()->exit(Exited{1});
  ee.loop.run_until_idle();
  EXPECT_THAT(event->response->body, testing::HasSubstr(R"("shutdownReason":"failure")"));
  extension()->exit(Exited{0});
  ee.loop.run_until_idle();
  EXPECT_EQ(ee.gone, true);
}

TEST(Drain, FinishesWhatIsInFlightAndRefusesTheRest) {
  VirtualEnvironment ee;
  ee.start_ready();
  const auto call = ee.invoke("id-1");
  ee.poll();
  ee.shut_down(ShutdownReason::spindown, 10s);
  EXPECT_TRUE(ee.supervisor.find("bootstrap")->signals.empty());
  const auto late = ee.invoke("id-2");
  ASSERT_TRUE(late->outcome);
  EXPECT_EQ(late->outcome->kind, Kind::refused);

  EXPECT_EQ(ee.post(invocation_path("id-1", "response"), "finished")->status(), 202U);
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->body, "finished");
  EXPECT_EQ(ee.gone, false);
}

TEST(Drain, EndsWhenItsTimeIsOver) {
  VirtualEnvironment ee;
  ee.spec.timeout = 900s;
  ee.start_ready();
  const auto call = ee.invoke("id-1");
  ee.shut_down(ShutdownReason::spindown, 10s);
  ee.loop.advance(10s - 1ms);
  EXPECT_FALSE(call->outcome);
  ee.loop.advance(1ms);
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->error_type, "Client.ExecutionEnvironmentShutDown");
  EXPECT_EQ(ee.gone, false);
}

TEST(Drain, WithNothingInFlightEndsAtOnce) {
  VirtualEnvironment ee;
  ee.start_ready();
  ee.shut_down(ShutdownReason::spindown, 10s);
  EXPECT_EQ(ee.gone, false);
}

TEST(Destruction, KillsTheProcessesAndRemovesTheDirectory) {
  VirtualEnvironment ee;
  ee.start_ready();
  const auto call = ee.invoke("id-1");
  ee.environment.reset();
  ee.loop.run_until_idle();
  EXPECT_FALSE(call->outcome);
  EXPECT_FALSE(ee.network.open);
  EXPECT_FALSE(std::filesystem::exists(ee.spec.tmp_directory));
}

}  // namespace
}  // namespace lmi::test
