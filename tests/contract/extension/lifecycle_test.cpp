#include "running_extension.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <future>
#include <mutex>
#include <optional>
#include <stdexcept>

namespace lmi::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::HasSubstr;

/// Waits until `token` is asked to stop; the test's own time limit is the only other end.
void await_stop(const std::stop_token& token) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock{mutex};
  changed.wait(lock, token, [] { return false; });
}

class ExtensionLifecycle : public RunningExtension {};

TEST_F(ExtensionLifecycle, RegistersForShutdownUnderItsName) {
  start({});
  const auto request = api_.wait_for(register_path);
  ASSERT_TRUE(request);

  EXPECT_EQ(request->header("Lambda-Extension-Name"), "test-extension");
  EXPECT_EQ(request->header("Lambda-Extension-Accept-Feature"), std::nullopt);
  EXPECT_EQ(request->body, R"({"events":["SHUTDOWN"]})");
  const auto next = api_.wait_for(event_path);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->header("Lambda-Extension-Identifier"), "7a3f0a2e-0000-4000-8000-000000000002");
}

TEST_F(ExtensionLifecycle, TheNameIsTheProgramsFileNameUnlessGiven) {
  start({}, {});
  const auto request = api_.wait_for(register_path);
  ASSERT_TRUE(request);

  EXPECT_EQ(request->header("Lambda-Extension-Name"), "extension_contract_test");
}

TEST_F(ExtensionLifecycle, InitIsToldWhatThePlatformTells) {
  std::optional<ExtensionRegistration> told;
  start({.on_init = [&](const ExtensionRegistration& registration) { told = registration; }},
        {.name = "test-extension", .account_id = true});
  ASSERT_TRUE(api_.wait_for(event_path));  // init is over
  EXPECT_EQ(stop(), 0);

  EXPECT_EQ(api_.requests().front().header("Lambda-Extension-Accept-Feature"), "accountId");
  ASSERT_TRUE(told);
  EXPECT_EQ(told->function_name, "f");
  EXPECT_EQ(told->function_version, "7");
  EXPECT_EQ(told->handler, "h");
  EXPECT_EQ(told->account_id, "123456789012");
}

TEST_F(ExtensionLifecycle, ShutdownEndsItWithCode0AndTheDeadlineIsOnTheSteadyClock) {
  std::optional<ShutdownEvent> seen;
  milliseconds left{0};
  start({.on_shutdown = [&](const ShutdownEvent& event) {
    seen = event;
    left = event.remaining();
  }});
  api_.send_extension_event(shutdown_event(hours{1}));
  EXPECT_EQ(join(), 0);

  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->reason, ShutdownEvent::Reason::spindown);
  EXPECT_LE(left, hours{1});
  EXPECT_GT(left, milliseconds{hours{1}} / 2);
  EXPECT_FALSE(seen->stop_token.stop_requested());
}

TEST_F(ExtensionLifecycle, TheStopTokenIsRequestedAtTheDeadline) {
  start({.on_shutdown = [&](const ShutdownEvent& event) { await_stop(event.stop_token); }});
  api_.send_extension_event(shutdown_event(milliseconds{5}));

  EXPECT_EQ(join(), 0);
}

TEST_F(ExtensionLifecycle, SigtermIsAShutdownWithABudgetOfItsOwn) {
  std::optional<ShutdownEvent> seen;
  start({.on_shutdown =
             [&](const ShutdownEvent& event) {
               seen = event;
               await_stop(event.stop_token);
             }},
        {.name = "test-extension", .signal_budget = milliseconds{5}});
  EXPECT_EQ(stop(), 0);

  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->reason, ShutdownEvent::Reason::signal);
}

TEST_F(ExtensionLifecycle, OnManagedInstancesInvokeEventsAreRefusedBeforeAnythingIsSent) {
  start({.on_invoke = [](const InvokeEvent&) {}});

  EXPECT_EQ(join(), 2);
  EXPECT_TRUE(api_.requests().empty());
}

TEST_F(ExtensionLifecycle, WhereInvokeEventsDoNotExistItCanDoWithout) {
  start({.on_invoke = [](const InvokeEvent&) {}},
        {.name = "test-extension", .invoke_events = ExtensionOptions::InvokeEvents::where_available});
  const auto request = api_.wait_for(register_path);
  ASSERT_TRUE(request);

  EXPECT_EQ(request->body, R"({"events":["SHUTDOWN"]})");
}

TEST_F(ExtensionLifecycle, OnStandardLambdaItIsToldOfInvocations) {
  standard_lambda();
  std::optional<InvokeEvent> seen;
  start({.on_invoke = [&](const InvokeEvent& event) { seen = event; }});
  api_.send_extension_event(
      {.status = 200,
       .body =
           R"({"eventType":"INVOKE","deadlineMs":1,"requestId":"r1","invokedFunctionArn":"arn","tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1"}})"});
  ASSERT_TRUE(api_.wait_for(event_path, 2));  // handled
  EXPECT_EQ(stop(), 0);

  EXPECT_EQ(api_.requests().front().body, R"({"events":["SHUTDOWN","INVOKE"]})");
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->request_id, "r1");
  EXPECT_EQ(seen->function_arn, "arn");
  EXPECT_EQ(seen->trace_id, "Root=1");
  EXPECT_LT(seen->deadline, std::chrono::steady_clock::now());
}

TEST_F(ExtensionLifecycle, AFailedInitIsReportedOnceAndEndsItWithCode1) {
  start({.on_init = [](const ExtensionRegistration&) {
    throw Error{.type = "no_database", .message = "cannot reach it"};
  }});
  EXPECT_EQ(join(), 1);

  const auto report = api_.wait_for("/extension/init/error");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->header("Lambda-Extension-Function-Error-Type"), "Extension.NoDatabase");
  EXPECT_EQ(report->header("Lambda-Extension-Identifier"), "7a3f0a2e-0000-4000-8000-000000000002");
  EXPECT_THAT(report->body, HasSubstr("cannot reach it"));
  EXPECT_EQ(api_.count(event_path), 0U);
}

TEST_F(ExtensionLifecycle, AFunctionThatThrowsLaterIsAnExitError) {
  start({.on_shutdown = [](const ShutdownEvent&) { throw std::runtime_error{"disk full"}; }});
  api_.send_extension_event(shutdown_event(hours{1}));
  EXPECT_EQ(join(), 1);

  const auto report = api_.wait_for("/extension/exit/error");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->header("Lambda-Extension-Function-Error-Type"), "Extension.RuntimeError");
}

TEST_F(ExtensionLifecycle, ARefusedRegistrationEndsIt) {
  api_.on_register(
      {.status = 403,
       .body = R"({"errorMessage":"closed already","errorType":"Extension.RegistrationClosed"})"});
  start({});

  EXPECT_EQ(join(), 1);
  EXPECT_EQ(api_.count(event_path), 0U);
}

TEST_F(ExtensionLifecycle, APollThatBreaksOffIsAskedAgain) {
  start({});
  api_.send_extension_event({.no_reply = true});
  ASSERT_TRUE(api_.wait_for(event_path, 2));
  api_.send_extension_event(shutdown_event(hours{1}));

  EXPECT_EQ(join(), 0);
}

TEST_F(ExtensionLifecycle, APlatformThatRefusesToGiveEventsEndsIt) {
  start({});
  api_.send_extension_event(
      {.status = 403, .body = R"({"errorMessage":"m","errorType":"Extension.UnknownExtensionIdentifier"})"});

  EXPECT_EQ(join(), 1);
}

TEST_F(ExtensionLifecycle, WithoutARuntimeApiItSaysWhatItIsAndReturns2) {
  ::unsetenv("AWS_LAMBDA_RUNTIME_API");
  testing::internal::CaptureStderr();
  const int code = run_extension({});

  EXPECT_EQ(code, 2);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("AWS_LAMBDA_RUNTIME_API is not set"));
}

TEST_F(ExtensionLifecycle, AnInternalOneRegistersForNothingAndWaits) {
  auto client = ExtensionClient::from_environment();
  ASSERT_TRUE(client);
  ASSERT_TRUE(client->sign_up({.name = "inside", .internal = true}));
  auto ended = std::async(std::launch::async, [&] { return client->next(); });
  ASSERT_TRUE(api_.wait_for(event_path));
  client->interrupt();

  const auto event = ended.get();
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().kind, ExtensionError::Kind::interrupted);
  EXPECT_EQ(api_.requests().front().body, R"({"events":[]})");
}

TEST_F(ExtensionLifecycle, ARefusalNamesStatusTypeAndText) {
  api_.on_register(
      {.status = 403,
       .body =
           R"({"errorMessage":"Extension limit (10) reached","errorType":"Extension.TooManyExtensions"})"});
  auto client = ExtensionClient::from_environment();
  ASSERT_TRUE(client);
  const auto refused = client->sign_up({.name = "eleventh", .events = {ExtensionEventKind::shutdown}});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ExtensionError::Kind::refused);
  EXPECT_EQ(refused.error().status, 403);
  EXPECT_EQ(refused.error().type, "Extension.TooManyExtensions");
  EXPECT_THAT(refused.error().message, HasSubstr("eleventh"));
  EXPECT_THAT(refused.error().message, HasSubstr("Extension limit (10) reached"));
}

TEST_F(ExtensionLifecycle, WithoutAPlatformThereIsNoReply) {
  api_.vanish();
  auto client = ExtensionClient::from_environment();
  ASSERT_TRUE(client);
  const auto refused = client->sign_up({.name = "alone"});

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ExtensionError::Kind::unreachable);
  EXPECT_EQ(refused.error().status, 0);
}

}  // namespace
}  // namespace lmi::test
