#include "running_extension.hpp"
#include "support/environment_client.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <latch>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace lmi::test {
namespace {

using std::chrono::hours;
using testing::ElementsAre;

constexpr auto telemetry_path = "/2022-07-01/telemetry";
constexpr auto one_line = R"([{"time":"2026-11-21T23:31:04.802Z","type":"function","record":"one"}])";

/// What a callback was given, across threads.
class Seen {
 public:
  void add(std::span<const TelemetryEvent> events) {
    const std::lock_guard lock{mutex_};
    for (const auto& event : events) records_.push_back(event.record);
  }
  std::vector<std::string> records() {
    const std::lock_guard lock{mutex_};
    return records_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> records_;
};

class Telemetry : public RunningExtension {
 protected:
  /// A subscriber of this test's own, without run_extension().
  TelemetrySubscriber subscribe(TelemetryCallback callback, TelemetryOptions options = {}) {
    client_.emplace(*ExtensionClient::from_environment());
    EXPECT_TRUE(client_->sign_up({.name = "test-extension"}));
    return *TelemetrySubscriber::start(*client_, std::move(options), std::move(callback));
  }
  static int post(EnvironmentClient& platform, const std::string& body) {
    return platform.call("POST", "/", {{"Content-Type", "application/json"}}, body).status;
  }
  TelemetryCallback keep() {
    return [this](std::span<const TelemetryEvent> events) { seen_.add(events); };
  }

  Seen seen_;
  std::optional<ExtensionClient> client_;
};

TEST_F(Telemetry, ItListensBeforeItSubscribes) {
  std::atomic<bool> listening = false;
  api_.on_answer([&](const ApiRequest& request) {
    const auto destination =
        nlohmann::json::parse(request.body).at("destination").at("URI").get<std::string>();
    const auto port = std::stoi(destination.substr(destination.rfind(':') + 1));
    EnvironmentClient platform{static_cast<unsigned short>(port)};
    listening = post(platform, one_line) == 200;
    return ApiReply{.status = 200, .body = "\"OK\""};
  });
  const auto subscriber = subscribe(keep());

  EXPECT_TRUE(listening);
  EXPECT_THAT(seen_.records(), ElementsAre("\"one\""));
  const auto request = api_.wait_for(telemetry_path);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, "PUT");
  EXPECT_EQ(request->header("Lambda-Extension-Identifier"), "7a3f0a2e-0000-4000-8000-000000000002");
}

TEST_F(Telemetry, ManyBatchesOverOneConnectionAndOverSeveral) {
  const auto subscriber = subscribe(keep());
  EnvironmentClient first{subscriber.port()};
  EnvironmentClient second{subscriber.port()};
  EXPECT_EQ(post(first, one_line), 200);
  EXPECT_EQ(post(first, one_line), 200);
  EXPECT_EQ(post(second, one_line), 200);

  EXPECT_EQ(seen_.records().size(), 3U);
  EXPECT_EQ(subscriber.stats().batches, 3U);
  EXPECT_EQ(subscriber.stats().events, 3U);
}

TEST_F(Telemetry, ABatchMayComeInPiecesAndChunked) {
  const auto subscriber = subscribe(keep());
  EnvironmentClient platform{subscriber.port()};
  const auto body = chunked(one_line);
  ASSERT_TRUE(platform.send_raw("POST /path HTTP/1.1\r\nHost: x\r\nTransfer-Enco"));
  ASSERT_TRUE(platform.send_raw("ding: chunked\r\n\r\n" + body.substr(0, 10)));
  ASSERT_TRUE(platform.send_raw(body.substr(10)));

  EXPECT_EQ(platform.receive()->status, 200);
  EXPECT_THAT(seen_.records(), ElementsAre("\"one\""));
}

TEST_F(Telemetry, WhatIsNoJsonIsCountedAndTheNextBatchArrives) {
  const auto subscriber = subscribe(keep());
  EnvironmentClient platform{subscriber.port()};
  EXPECT_EQ(post(platform, "[{"), 200);
  EXPECT_EQ(post(platform, R"([{"type":"no record"}])"), 200);
  EXPECT_EQ(post(platform, one_line), 200);

  EXPECT_EQ(subscriber.stats().malformed_batches, 1U);
  EXPECT_EQ(subscriber.stats().malformed_events, 1U);
  EXPECT_THAT(seen_.records(), ElementsAre("\"one\""));
}

TEST_F(Telemetry, WhatIsNoHttpIsRefusedAndTheNextConnectionServed) {
  const auto subscriber = subscribe(keep());
  EnvironmentClient stranger{subscriber.port()};
  ASSERT_TRUE(stranger.send_raw("\x16\x03\x01 hello\r\n\r\n"));
  EXPECT_EQ(stranger.receive()->status, 400);
  EXPECT_TRUE(stranger.closed_by_peer());
  EnvironmentClient platform{subscriber.port()};
  EXPECT_EQ(post(platform, one_line), 200);

  EXPECT_EQ(subscriber.stats().malformed_batches, 1U);
}

TEST_F(Telemetry, ACallbackThatThrowsCostsItsBatchOnly) {
  bool first = true;
  const auto subscriber = subscribe([&](std::span<const TelemetryEvent> events) {
    if (std::exchange(first, false)) throw std::runtime_error{"not this one"};
    seen_.add(events);
  });
  EnvironmentClient platform{subscriber.port()};
  EXPECT_EQ(post(platform, one_line), 200);
  EXPECT_EQ(post(platform, one_line), 200);

  EXPECT_EQ(subscriber.stats().failed_batches, 1U);
  EXPECT_THAT(seen_.records(), ElementsAre("\"one\""));
}

TEST_F(Telemetry, ThePlatformIsAnsweredOnlyWhenTheCallbackHasReturned) {
  std::latch called{1};
  std::latch let_go{1};
  const auto subscriber = subscribe([&](std::span<const TelemetryEvent> events) {
    if (seen_.records().empty()) {
      called.count_down();
      let_go.wait();
    }
    seen_.add(events);
  });
  EnvironmentClient first{subscriber.port()};
  EnvironmentClient second{subscriber.port()};
  ASSERT_TRUE(first.send("POST", "/", {}, one_line));
  called.wait();
  ASSERT_TRUE(second.send("POST", "/", {}, one_line));
  EXPECT_EQ(subscriber.stats().batches, 1U);  // the second waits
  let_go.count_down();

  EXPECT_EQ(first.receive()->status, 200);
  EXPECT_EQ(second.receive()->status, 200);
  EXPECT_EQ(seen_.records().size(), 2U);
}

TEST_F(Telemetry, DroppedEventsAreCountedAndTold) {
  TelemetryDropped told;
  const auto subscriber =
      subscribe(keep(), {.on_dropped = [&](const TelemetryDropped& dropped) { told = dropped; }});
  EnvironmentClient platform{subscriber.port()};
  EXPECT_EQ(
      post(
          platform,
          R"([{"type":"platform.logsDropped","record":{"droppedBytes":9,"droppedRecords":3,"reason":"r"}}])"),
      200);

  EXPECT_EQ(told.records, 3U);
  EXPECT_EQ(subscriber.stats().dropped_records, 3U);
  EXPECT_EQ(subscriber.stats().dropped_bytes, 9U);
  EXPECT_EQ(seen_.records().size(), 1U);
}

TEST_F(Telemetry, OptionsOutOfRangeAreNotSent) {
  client_.emplace(*ExtensionClient::from_environment());
  ASSERT_TRUE(client_->sign_up({.name = "test-extension"}));
  const auto refused = TelemetrySubscriber::start(*client_, {.buffering = {.max_items = 1}}, keep());

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ExtensionError::Kind::argument);
  EXPECT_EQ(api_.count(telemetry_path), 0U);
}

TEST_F(Telemetry, ARefusedSubscriptionSaysWhy) {
  api_.on_answer([](const ApiRequest&) {
    return ApiReply{
        .status = 403,
        .body =
            R"({"errorMessage":"Telemetry API subscription is closed","errorType":"Telemetry.SubscriptionClosed"})"};
  });
  client_.emplace(*ExtensionClient::from_environment());
  ASSERT_TRUE(client_->sign_up({.name = "test-extension"}));
  const auto refused = TelemetrySubscriber::start(*client_, {}, keep());

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().type, "Telemetry.SubscriptionClosed");
}

TEST_F(Telemetry, APortThatIsTakenIsNamed) {
  const auto subscriber = subscribe(keep());
  const auto refused =
      TelemetrySubscriber::start(*client_, {.address = "127.0.0.1", .port = subscriber.port()}, keep());

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ExtensionError::Kind::local);
  EXPECT_THAT(refused.error().message, testing::HasSubstr(std::to_string(subscriber.port())));
}

TEST_F(Telemetry, AnExtensionHasItsTelemetryBeforeItsShutdown) {
  std::size_t seen_at_shutdown = 0;
  start({.on_telemetry = keep(),
         .on_shutdown = [&](const ShutdownEvent&) { seen_at_shutdown = seen_.records().size(); }});
  const auto request = api_.wait_for(telemetry_path);
  ASSERT_TRUE(request);
  const auto uri = nlohmann::json::parse(request->body).at("destination").at("URI").get<std::string>();
  EnvironmentClient platform{static_cast<unsigned short>(std::stoi(uri.substr(uri.rfind(':') + 1)))};
  // Half of a batch is there when SHUTDOWN comes, the rest comes after.
  const std::string body = one_line;
  ASSERT_TRUE(platform.send_raw("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                                std::to_string(body.size()) + "\r\n\r\n" + body.substr(0, 20)));
  EnvironmentClient other{static_cast<unsigned short>(std::stoi(uri.substr(uri.rfind(':') + 1)))};
  ASSERT_EQ(post(other, one_line), 200);  // by now the half is read
  api_.send_extension_event(shutdown_event(hours{1}));
  ASSERT_TRUE(platform.send_raw(body.substr(20)));
  EXPECT_EQ(platform.receive()->status, 200);

  EXPECT_EQ(join(), 0);
  EXPECT_EQ(seen_at_shutdown, 2U);
}

}  // namespace
}  // namespace lmi::test
