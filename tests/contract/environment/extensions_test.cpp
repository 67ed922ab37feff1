// The Extensions API as Managed Instances have it: cases E48–E55.
#include "support/environment_virtual.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lmi::test {
namespace {

using emulator::supervisor::Exited;
using testing::HasSubstr;

constexpr const char* register_path = "/2020-01-01/extension/register";
constexpr const char* event_path = "/2020-01-01/extension/event/next";

class Extensions : public testing::Test {
 protected:
  void external(const std::string& name) {
    ee.spec.opt_root = ee.scratch.path() / "opt";
    ee.scratch.write("opt/extensions/" + name, "#!/bin/sh\n");
  }
  std::shared_ptr<FakeExchange> sign_up(const std::string& name, const std::string& body = R"({"events":[]})",
                                        const std::string& features = "") {
    emulator::http::Headers headers{{"Lambda-Extension-Name", name}};
    if (!features.empty()) headers.add("Lambda-Extension-Accept-Feature", features);
    return ee.post(register_path, body, headers);
  }
  std::string id_of(const std::shared_ptr<FakeExchange>& registered) {
    return std::string(registered->response->headers.get("Lambda-Extension-Identifier"));
  }
  std::shared_ptr<FakeExchange> next(const std::string& id) {
    return ee.request("GET", event_path, {{"Lambda-Extension-Identifier", id}});
  }
  static void expect_refused(const std::shared_ptr<FakeExchange>& exchange, const std::string& type,
                             const std::string& message) {
    EXPECT_EQ(exchange->status(), 403U);
    EXPECT_EQ(exchange->response->body,
              R"({"errorMessage":")" + message + R"(","errorType":")" + type + "\"}\n");
  }

  VirtualEnvironment ee;
};

TEST_F(Extensions, E48_TheRuntimeWaitsForEveryExternalExtensionToRegister) {
  external("ext1");
  external("ext2");
  ee.start();
  EXPECT_EQ(ee.supervisor.started(), 2U);
  sign_up("ext1");
  EXPECT_FALSE(ee.supervisor.find("bootstrap"));
  sign_up("ext2");
  EXPECT_TRUE(ee.supervisor.find("bootstrap"));
}

TEST_F(Extensions, E48_AnExtensionThatNeverRegistersTimesInitOut) {
  external("ext1");
  ee.start();
  ee.loop.advance(ee.spec.init_timeout);
  ASSERT_TRUE(ee.init_failure);
  EXPECT_EQ(ee.init_failure->error_type, "Sandbox.Timedout");
  EXPECT_EQ(ee.gone, true);
}

TEST_F(Extensions, ExtensionsGetTheirOwnEnvironment) {
  external("ext1");
  ee.spec.variables = {{"TABLE", "orders"}};
  ee.start();
  const auto puppet = ee.supervisor.find("ext1");
  EXPECT_EQ(puppet->variable("AWS_LAMBDA_RUNTIME_API"), "127.0.0.1:9001");
  EXPECT_EQ(puppet->variable("TABLE"), "orders");
  for (const char* absent : {"_HANDLER", "AWS_LAMBDA_MAX_CONCURRENCY", "LAMBDA_TASK_ROOT",
                             "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_XRAY_CONTEXT_MISSING"}) {
    EXPECT_EQ(puppet->variable(absent), "<absent>") << absent;
  }
}

TEST_F(Extensions, RegistrationTellsAboutTheFunction) {
  ee.spec.handler = "app.main";
  ee.start();
  EXPECT_EQ(sign_up("one")->response->body,
            R"({"functionName":"test_function","functionVersion":"1","handler":"app.main"})");
  const auto with_account = sign_up("two", R"({"events":[]})", "other, accountId");
  EXPECT_THAT(with_account->response->body,
              testing::StartsWith(R"({"accountId":"000000000000","functionName")"));
}

TEST_F(Extensions, E49_AnExternalExtensionCannotHaveInvokeEvents) {
  external("ext1");
  ee.start();
  expect_refused(sign_up("ext1", R"({"events":["INVOKE"]})"), "Extension.InvalidEventType",
                 "INVOKE: ErrorInvalidEventType");
}

TEST_F(Extensions, E50_InitWaitsForAnInternalExtensionsFirstPoll) {
  ee.start();
  const auto registered = sign_up("inside");
  EXPECT_EQ(registered->status(), 200U);
  ee.poll();
  EXPECT_FALSE(ee.ready);
  next(id_of(registered));
  EXPECT_TRUE(ee.ready);
}

TEST_F(Extensions, E50_AnInternalExtensionCannotHaveEvents) {
  ee.start();
  expect_refused(sign_up("inside", R"({"events":["SHUTDOWN"]})"), "Extension.InvalidEventType",
                 "No events allowed for internal extensions");
}

TEST_F(Extensions, E51_RegistrationClosesWithTheRuntimesFirstPoll) {
  ee.start();
  ee.poll();
  expect_refused(sign_up("late"), "Extension.RegistrationClosed", "Extension registration closed already");
}

TEST_F(Extensions, E52_TheEleventhIsTooMany) {
  ee.start();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(sign_up("ext" + std::to_string(i))->status(), 200U);
  expect_refused(sign_up("ext10"), "Extension.TooManyExtensions", "Extension limit (10) reached");
}

TEST_F(Extensions, E52_ElevenProgramsAreTooMany) {
  for (int i = 0; i < 11; ++i) external("ext" + std::to_string(i));
  ee.start();
  ASSERT_TRUE(ee.init_failure);
  EXPECT_EQ(ee.init_failure->error_type, "TooManyExtensions");
  EXPECT_EQ(ee.supervisor.started(), 0U);
}

TEST_F(Extensions, E53_IdentifiersAreCheckedInThreeWays) {
  ee.start();
  expect_refused(ee.request("GET", event_path), "Extension.MissingExtensionIdentifier",
                 "Missing Lambda-Extension-Identifier header");
  expect_refused(next("no-uuid"), "Extension.InvalidExtensionIdentifier",
                 "Invalid Lambda-Extension-Identifier");
  const std::string unknown = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
  expect_refused(next(unknown), "Extension.UnknownExtensionIdentifier", "Unknown extension " + unknown);
}

TEST_F(Extensions, E54_ASecondPollAtATimeIsRefused) {
  ee.start();
  const auto id = id_of(sign_up("inside"));
  const auto first = next(id);
  expect_refused(next(id), "Extension.InvalidExtensionState",
                 "State transition from Ready to Ready failed for extension " + id +
                     ". Error: state transition is not allowed");
  EXPECT_EQ(first->status(), 0U);
}

TEST_F(Extensions, E54_APollThatBrokeOffCanBeRepeated) {
  ee.start();
  const auto id = id_of(sign_up("inside"));
  next(id)->peer_leaves();
  EXPECT_EQ(next(id)->status(), 0U);
}

TEST_F(Extensions, NamesRegisterOnce) {
  external("ext1");
  ee.start();
  sign_up("ext1");
  expect_refused(
      sign_up("ext1"), "Extension.InvalidExtensionState",
      "State transition from Registered to Registered failed for extension ext1. Error: state transition "
      "is not allowed");
  sign_up("inside");
  expect_refused(sign_up("inside"), "Extension.InvalidExtensionState",
                 "Extension with this name already registered");
  expect_refused(sign_up(""), "Extension.InvalidExtensionName", "Empty extension name");
}

TEST_F(Extensions, BadRegistrationsSayWhatIsWrong) {
  ee.start();
  const auto no_json = sign_up("one", "{events");
  EXPECT_EQ(no_json->status(), 403U);
  EXPECT_THAT(no_json->response->body, HasSubstr("InvalidRequestFormat"));
  expect_refused(sign_up("one", R"({"events":[],"configurationKeys":["a"]})"), "InvalidRequestFormat",
                 "configurationKeys are deprecated; use environment variables instead");
}

TEST_F(Extensions, E55_AnExtensionThatExitsDuringInitEndsTheEnvironment) {
  external("ext1");
  ee.start();
  const auto call = ee.invoke("id-1");
  ee.supervisor.find("ext1")->exit(Exited{0});
  ee.loop.run_until_idle();
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->error_type, "Extension.Crash");
  ASSERT_TRUE(ee.init_failure);
  EXPECT_EQ(ee.init_failure->error_type, "Extension.Crash");
  EXPECT_EQ(ee.gone, true);
}

TEST_F(Extensions, E55_AnExtensionThatExitsLaterEndsTheEnvironmentToo) {
  external("ext1");
  ee.start();
  next(id_of(sign_up("ext1")));
  ee.poll();
  ASSERT_TRUE(ee.ready);
  const auto call = ee.invoke("id-1");
  ee.supervisor.find("ext1")->exit(Exited{0});
  ee.loop.advance(std::chrono::seconds{1});
  ASSERT_TRUE(call->outcome);
  EXPECT_EQ(call->outcome->error_type, "Extension.Crash");
  EXPECT_EQ(ee.gone, true);
}

TEST_F(Extensions, E55_WhatItReportedBeforeNamesTheCause) {
  external("ext1");
  ee.start();
  const auto id = id_of(sign_up("ext1"));
  const auto reply = ee.post(
      "/2020-01-01/extension/init/error", "{}",
      {{"Lambda-Extension-Identifier", id}, {"Lambda-Extension-Function-Error-Type", "Extension.NoConfig"}});
  EXPECT_EQ(reply->status(), 202U);
  ee.supervisor.find("ext1")->exit(Exited{1});
  ee.loop.run_until_idle();
  ASSERT_TRUE(ee.init_failure);
  EXPECT_EQ(ee.init_failure->error_type, "Extension.NoConfig");
}

TEST_F(Extensions, ErrorsNeedTheirHeaderAndState) {
  ee.start();
  const auto id = id_of(sign_up("inside"));
  expect_refused(ee.post("/2020-01-01/extension/exit/error", "{}", {{"Lambda-Extension-Identifier", id}}),
                 "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found");
  const auto pending = next(id);
  expect_refused(
      ee.post("/2020-01-01/extension/init/error", "{}",
              {{"Lambda-Extension-Identifier", id}, {"Lambda-Extension-Function-Error-Type", "Extension.X"}}),
      "Extension.InvalidExtensionState",
      "State transition from Ready to InitError failed for extension " + id +
          ". Error: state transition is not allowed");
  EXPECT_EQ(
      ee.post("/2020-01-01/extension/exit/error", "{}",
              {{"Lambda-Extension-Identifier", id}, {"Lambda-Extension-Function-Error-Type", "Extension.Xx"}})
          ->status(),
      202U);
  ee.shut_down(emulator::environment::ShutdownReason::spindown);
  ee.loop.advance(std::chrono::seconds{1});
  EXPECT_EQ(pending->status(), 403U);
}

TEST_F(Extensions, AnExtensionThatCannotBeStartedFailsInit) {
  external("ext1");
  ee.supervisor.refuse_with = std::make_error_code(std::errc::permission_denied);
  ee.start();
  ASSERT_TRUE(ee.init_failure);
  EXPECT_EQ(ee.init_failure->error_type, "PermissionDenied");
  EXPECT_EQ(ee.gone, true);
}

TEST_F(Extensions, ThePlatformLogListsThemAfterInit) {
  ee.start();
  next(id_of(sign_up("inside")));
  ee.poll();
  EXPECT_THAT(
      ee.log.back(),
      HasSubstr(R"("type":"platform.extension","record":{"name":"inside","state":"Ready","events":[]})"));
}

}  // namespace
}  // namespace lmi::test
