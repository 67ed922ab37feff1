// The Telemetry API: cases E56–E58.
#include "support/environment_harness.hpp"
#include "support/environment_virtual.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <string>

namespace lmi::test {
namespace {

using namespace std::chrono_literals;
using emulator::environment::LogSource;
using emulator::environment::ShutdownReason;
using emulator::supervisor::Exited;
using emulator::supervisor::Stream;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* telemetry_path = "/2022-07-01/telemetry";

json subscription() {
  return {{"schemaVersion", "2025-01-29"},
          {"types", {"platform", "function", "extension"}},
          {"buffering", {{"maxItems", 1000}, {"maxBytes", 262144}, {"timeoutMs", 100}}},
          {"destination", {{"protocol", "HTTP"}, {"URI", "http://sandbox.localdomain:4323/path?q"}}}};
}

std::vector<std::string> types_in(const std::string& batch) {
  std::vector<std::string> types;
  for (const auto& event : json::parse(batch)) types.push_back(event.at("type"));
  return types;
}

class TelemetryApi : public testing::Test {
 protected:
  /// The environment with one external extension, registered, not yet ready.
  void start() {
    ee.spec.opt_root = ee.scratch.path() / "opt";
    ee.scratch.write("opt/extensions/ext1", "#!/bin/sh\n");
    ee.start();
    const auto registered = ee.post("/2020-01-01/extension/register", R"({"events":["SHUTDOWN"]})",
                                    {{"Lambda-Extension-Name", "ext1"}});
    id = registered->response->headers.get("Lambda-Extension-Identifier");
  }
  std::shared_ptr<FakeExchange> subscribe(const json& body) { return subscribe(body.dump()); }
  std::shared_ptr<FakeExchange> subscribe(const std::string& body) {
    auto exchange = ee.request("PUT", telemetry_path, {{"Lambda-Extension-Identifier", id}});
    exchange->body_arrives(body);
    ee.loop.run_until_idle();
    return exchange;
  }
  std::shared_ptr<FakeExchange> next() {
    return ee.request("GET", "/2020-01-01/extension/event/next", {{"Lambda-Extension-Identifier", id}});
  }
  /// The n-th batch (from 1) that went out.
  const FakeOutlet::Sent& sent(std::size_t nth) { return ee.network.sent.at(nth - 1); }
  void taken(std::size_t nth, bool yes = true) {
    const auto done = sent(nth).done;
    done(yes);
    ee.loop.run_until_idle();
  }

  VirtualEnvironment ee;
  std::string id;
};

TEST_F(TelemetryApi, E56_OnlyTheSchemaOfManagedInstancesIsTaken) {
  start();
  for (const char* version : {"2022-07-01", "2022-12-13", "2025-01-30", ""}) {
    auto body = subscription();
    body["schemaVersion"] = version;
    const auto refused = subscribe(body);
    EXPECT_EQ(refused->status(), 400U) << version;
    EXPECT_EQ(json::parse(refused->response->body).at("errorType"), "ValidationError");
  }
  EXPECT_EQ(subscribe(subscription())->status(), 200U);
}

TEST_F(TelemetryApi, E56_StandardLambdaTakesTheOlderSchemasToo) {
  ee.spec.max_concurrency.reset();
  start();
  for (const char* version : {"2022-07-01", "2022-12-13", "2025-01-29"}) {
    auto body = subscription();
    body["schemaVersion"] = version;
    EXPECT_EQ(subscribe(body)->status(), 200U) << version;
  }
}

TEST_F(TelemetryApi, E56_EverythingElseIsCheckedToo) {
  struct Case {
    const char* pointer;
    json value;
    unsigned status;
  };
  start();
  for (const auto& each : {
           Case{"/types", json::array(), 400},
           Case{"/types", "platform", 400},
           Case{"/types", {"platform", "runtime"}, 400},
           Case{"/types", {"extension"}, 200},
           Case{"/buffering/maxItems", 999, 400},
           Case{"/buffering/maxItems", 10000, 200},
           Case{"/buffering/maxItems", 10001, 400},
           Case{"/buffering/maxItems", -1, 400},
           Case{"/buffering/maxBytes", 262143, 400},
           Case{"/buffering/maxBytes", 1048576, 200},
           Case{"/buffering/maxBytes", 1048577, 400},
           Case{"/buffering/timeoutMs", 24, 400},
           Case{"/buffering/timeoutMs", 30000, 200},
           Case{"/buffering/timeoutMs", "100", 400},
           Case{"/buffering", nullptr, 200},
           Case{"/buffering", 7, 400},
           Case{"/destination", nullptr, 400},
           Case{"/destination/protocol", "UDP", 400},
           Case{"/destination/URI", "http://sandbox:1234", 200},
           Case{"/destination/URI", "http://127.0.0.1:1234/", 400},
           Case{"/destination/URI", "http://example.com/", 400},
           Case{"/destination/URI", "https://sandbox.localdomain:1234/", 400},
           Case{"/destination/URI", "http://sandbox.localdomain:9001/", 400},
           Case{"/destination/URI", "http://sandbox.localdomain:0/", 400},
           Case{"/destination/URI", "http://sandbox.localdomain:70000/", 400},
           Case{"/destination/URI", "http://sandbox.localdomain:1/a b\r\nX: y", 400},
           Case{"/destination", {{"protocol", "TCP"}, {"port", 4000}}, 200},
           Case{"/destination", {{"protocol", "TCP"}, {"port", 0}}, 400},
           Case{"/destination", {{"protocol", "TCP"}, {"port", 65536}}, 400},
           Case{"/destination", {{"protocol", "TCP"}}, 400},
       }) {
    auto body = subscription();
    body[json::json_pointer{each.pointer}] = each.value;
    EXPECT_EQ(subscribe(body)->status(), each.status) << each.pointer << ' ' << each.value;
  }
  EXPECT_EQ(subscribe(std::string{"[]"})->status(), 400U);
  EXPECT_EQ(subscribe(std::string{"{"})->status(), 400U);
}

TEST_F(TelemetryApi, E57_SubscriptionClosesWithInit) {
  start();
  next();
  ee.poll();
  ASSERT_TRUE(ee.ready);
  const auto refused = subscribe(subscription());
  EXPECT_EQ(refused->status(), 403U);
  EXPECT_EQ(refused->response->body,
            "{\"errorMessage\":\"Telemetry API subscription is closed\","
            "\"errorType\":\"Telemetry.SubscriptionClosed\"}\n");
}

TEST_F(TelemetryApi, E57_OnlyARegisteredExtensionMaySubscribe) {
  start();
  const auto nobody = ee.request("PUT", telemetry_path);
  EXPECT_EQ(nobody->status(), 403U);
  EXPECT_THAT(nobody->response->body, HasSubstr("Extension.MissingExtensionIdentifier"));
}

TEST_F(TelemetryApi, E58_ASubscriberGetsWhatCameBeforeItAndWhatComesAfter) {
  start();
  ee.supervisor.find("bootstrap")->print(Stream::out, "starting");
  const auto accepted = subscribe(subscription());
  EXPECT_EQ(accepted->response->body, "\"OK\"");
  next();
  ee.poll();
  ee.loop.advance(100ms);

  ASSERT_EQ(ee.network.sent.size(), 1U);
  EXPECT_EQ(sent(1).target.port, 4323);
  EXPECT_EQ(sent(1).target.authority, "sandbox.localdomain:4323");
  EXPECT_EQ(sent(1).target.path, "/path?q");
  EXPECT_THAT(types_in(sent(1).bytes),
              ElementsAre("platform.initStart", "function", "platform.telemetrySubscription",
                          "platform.initRuntimeDone", "platform.initReport", "platform.extension"));
  const auto events = json::parse(sent(1).bytes);
  EXPECT_EQ(events[1].at("record"), "starting");
  EXPECT_EQ(
      events[2].at("record"),
      (json{{"name", "ext1"}, {"state", "Subscribed"}, {"types", {"platform", "function", "extension"}}}));
  EXPECT_EQ(events[4].at("record").at("status"), "success");
  EXPECT_EQ(events[5].at("record").at("state"), "Ready");
}

TEST_F(TelemetryApi, E58_AnInvocationIsAStartItsLinesAndAReport) {
  start();
  auto body = subscription();
  body["types"] = {"platform", "function"};
  subscribe(body);
  next();
  ee.poll();
  ee.loop.advance(100ms);
  taken(1);
  emulator::environment::Invocation invocation;
  invocation.request_id = "id-1";
  invocation.trace_id = "Root=1-x";
  ee.environment->invoke(invocation, [](const auto&) {});
  ee.loop.run_until_idle();
  const auto runtime = ee.supervisor.find("bootstrap");
  runtime->print(Stream::err, R"({"level":"INFO","requestId":"id-1"})");
  runtime->print(Stream::out, R"({"not": JSON})");
  ee.supervisor.find("ext1")->print(Stream::out, "an extension's line");
  ee.loop.advance(40ms);
  ee.post(invocation_path("id-1", "response"), "{}");
  ee.loop.advance(100ms);

  ASSERT_EQ(ee.network.sent.size(), 2U);
  const auto events = json::parse(sent(2).bytes);
  EXPECT_THAT(types_in(sent(2).bytes),
              ElementsAre("platform.start", "function", "function", "platform.report"));
  EXPECT_EQ(events[0].at("record").at("requestId"), "id-1");
  EXPECT_EQ(events[0].at("record").at("tracing"), (json{{"type", "X-Amzn-Trace-Id"}, {"value", "Root=1-x"}}));
  EXPECT_EQ(events[1].at("record").at("level"), "INFO");
  EXPECT_EQ(events[2].at("record"), R"({"not": JSON})");
  const auto& report = events[3].at("record");
  EXPECT_EQ(report.at("status"), "success");
  EXPECT_EQ(report.at("metrics").at("durationMs"), 40.0);
  EXPECT_EQ(report.at("spans")[0].at("name"), "responseLatency");
  EXPECT_EQ(report.at("spans")[0].at("durationMs"), 40.0);
  EXPECT_EQ(report.at("spans")[1].at("name"), "responseDuration");
  EXPECT_EQ(report.at("spans")[1].at("durationMs"), 0.0);
  EXPECT_EQ(report.at("tracing").at("value"), "Root=1-x");
}

TEST_F(TelemetryApi, E58_ATcpSubscriberGetsALineForEachEvent) {
  start();
  auto body = subscription();
  body["destination"] = {{"protocol", "TCP"}, {"port", 4000}};
  subscribe(body);
  ee.loop.advance(100ms);

  ASSERT_EQ(ee.network.sent.size(), 1U);
  EXPECT_EQ(sent(1).target.port, 4000);
  const auto& bytes = sent(1).bytes;
  EXPECT_EQ(bytes.back(), '\n');
  const auto first = bytes.substr(0, bytes.find('\n'));
  EXPECT_EQ(json::parse(first).at("type"), "platform.initStart");
}

TEST_F(TelemetryApi, E58_ASecondSubscriptionReplacesTheFirst) {
  start();
  subscribe(subscription());
  auto body = subscription();
  body["destination"]["URI"] = "http://sandbox.localdomain:5000/";
  EXPECT_EQ(subscribe(body)->status(), 200U);
  ee.loop.advance(100ms);

  ASSERT_EQ(ee.network.sent.size(), 1U);
  EXPECT_EQ(sent(1).target.port, 5000);
}

TEST_F(TelemetryApi, E58_TheExtensionHearsOfTheShutdownAfterItsTelemetry) {
  start();
  subscribe(subscription());
  const auto waiting = next();
  ee.poll();
  ee.loop.advance(100ms);
  taken(1);
  ee.supervisor.find("bootstrap")->print(Stream::out, "last words");
  ee.shut_down(ShutdownReason::spindown);
  ee.supervisor.find("bootstrap")->exit(Exited{0});
  ee.loop.run_until_idle();

  ASSERT_EQ(ee.network.sent.size(), 2U);
  EXPECT_THAT(sent(2).bytes, HasSubstr("last words"));
  EXPECT_EQ(waiting->status(), 0U);
  taken(2);
  EXPECT_EQ(waiting->status(), 200U);
  EXPECT_THAT(waiting->response->body, HasSubstr("SHUTDOWN"));
}

TEST_F(TelemetryApi, E58_ASubscriberThatDoesNotAnswerHoldsTheShutdownUpForASecond) {
  start();
  subscribe(subscription());
  const auto waiting = next();
  ee.poll();
  ee.shut_down(ShutdownReason::spindown);
  ee.supervisor.find("bootstrap")->exit(Exited{0});
  ee.loop.run_until_idle();
  ee.loop.advance(999ms);
  EXPECT_EQ(waiting->status(), 0U);
  ee.loop.advance(1ms);
  EXPECT_EQ(waiting->status(), 200U);
}

TEST_F(TelemetryApi, PackagesMayCarryExtensions) {
  ee.scratch.write("task/extensions/in-package", "#!/bin/sh\n");
  ee.scratch.write("task/extensions/notes.txt", "not a program", 0644);
  ee.start();
  EXPECT_TRUE(ee.supervisor.find("in-package"));
  EXPECT_FALSE(ee.supervisor.find("notes.txt"));
  EXPECT_FALSE(ee.supervisor.find("bootstrap"));  // waits for the extension
}

}  // namespace
}  // namespace lmi::test
