#include "extension/messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lmi::extension {
namespace {

using Kind = ExtensionError::Kind;

TEST(SignUp, WhatThePlatformWouldRefuseIsNotSent) {
  struct Case {
    const char* what;
    ExtensionSignUp sign_up;
    bool managed;
    bool allowed;
  };
  const auto shutdown = ExtensionEventKind::shutdown;
  const auto invoke = ExtensionEventKind::invoke;
  for (const auto& each : {
           Case{"no name", {.name = ""}, true, false},
           Case{"external, nothing", {.name = "x"}, true, true},
           Case{"external, shutdown", {.name = "x", .events = {shutdown}}, true, true},
           Case{"external, invoke, managed", {.name = "x", .events = {invoke}}, true, false},
           Case{"external, both, standard", {.name = "x", .events = {invoke, shutdown}}, false, true},
           Case{"internal, shutdown", {.name = "x", .events = {shutdown}, .internal = true}, false, false},
           Case{
               "internal, invoke, managed", {.name = "x", .events = {invoke}, .internal = true}, true, false},
           Case{"internal, invoke, standard",
                {.name = "x", .events = {invoke}, .internal = true},
                false,
                true},
           Case{"internal, nothing, managed", {.name = "x", .internal = true}, true, true},
       }) {
    const auto problem = check_sign_up(each.sign_up, each.managed);
    EXPECT_EQ(!problem, each.allowed) << each.what;
    if (problem) {
      EXPECT_EQ(problem->kind, Kind::argument) << each.what;
    }
  }
}

TEST(ReadEvent, EverySpellingOfAShutdownReasonIsKnown) {
  using Reason = ShutdownEvent::Reason;
  const std::pair<const char*, Reason> cases[] = {
      {"spindown", Reason::spindown}, {"SPINDOWN", Reason::spindown}, {"SandboxTerminated", Reason::spindown},
      {"Timeout", Reason::timeout},   {"FAILURE", Reason::failure},   {"elsewhere", Reason::unknown}};
  for (const auto& [text, reason] : cases) {
    const auto received = read_event(R"({"eventType":"SHUTDOWN","deadlineMs":5,"shutdownReason":")" +
                                     std::string{text} + "\"}");
    ASSERT_TRUE(received) << text;
    const auto& event = std::get<ShutdownEvent>(received->event);
    EXPECT_EQ(event.reason, reason) << text;
    EXPECT_EQ(event.reason_text, text);
    EXPECT_EQ(received->deadline_ms, 5);
  }
}

TEST(ReadEvent, WhatIsNoEventIsAProtocolError) {
  for (const char* body : {"", "null", "[]", "{", "{}", R"({"eventType":7})", R"({"eventType":"DANCE"})"}) {
    const auto received = read_event(body);
    ASSERT_FALSE(received) << body;
    EXPECT_EQ(received.error().kind, Kind::protocol) << body;
  }
}

TEST(TelemetryOptionsCheck, EveryRangeIsTheDocumentedOne) {
  struct Case {
    const char* what;
    TelemetryOptions options;
    bool allowed;
  };
  using std::chrono::milliseconds;
  const auto with = [](auto change) {
    TelemetryOptions options;
    change(options);
    return options;
  };
  for (const auto& each : {
           Case{"defaults", {}, true},
           Case{"items low", with([](auto& o) { o.buffering.max_items = 999; }), false},
           Case{"items lowest", with([](auto& o) { o.buffering.max_items = 1000; }), true},
           Case{"items highest", with([](auto& o) { o.buffering.max_items = 10'000; }), true},
           Case{"items high", with([](auto& o) { o.buffering.max_items = 10'001; }), false},
           Case{"bytes low", with([](auto& o) { o.buffering.max_bytes = 262'143; }), false},
           Case{"bytes highest", with([](auto& o) { o.buffering.max_bytes = 1'048'576; }), true},
           Case{"bytes high", with([](auto& o) { o.buffering.max_bytes = 1'048'577; }), false},
           Case{"time low", with([](auto& o) { o.buffering.timeout = milliseconds{24}; }), false},
           Case{"time lowest", with([](auto& o) { o.buffering.timeout = milliseconds{25}; }), true},
           Case{"time high", with([](auto& o) { o.buffering.timeout = milliseconds{30'001}; }), false},
           Case{"no types", with([](auto& o) { o.types.clear(); }), false},
           Case{"old schema", with([](auto& o) { o.schema_version = "2022-12-13"; }), false},
           Case{"the platform's port", with([](auto& o) { o.port = 9001; }), false},
       }) {
    EXPECT_EQ(!check_telemetry_options(each.options, true), each.allowed) << each.what;
  }
  EXPECT_FALSE(check_telemetry_options(with([](auto& o) { o.schema_version = "2022-12-13"; }), false));
}

TEST(TelemetrySubscription, SaysWhatWasAskedFor) {
  EXPECT_EQ(subscription_body({.types = {TelemetryType::platform, TelemetryType::extension}}, 4323),
            R"({"buffering":{"maxBytes":262144,"maxItems":1000,"timeoutMs":1000},)"
            R"("destination":{"URI":"http://sandbox.localdomain:4323/","protocol":"HTTP"},)"
            R"("schemaVersion":"2025-01-29","types":["platform","extension"]})");
}

}  // namespace
}  // namespace lmi::extension
