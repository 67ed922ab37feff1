#include "events/outbox.hpp"

#include "support/fake_http_client.hpp"
#include "support/temporary_directory.hpp"
#include "support/waiting_loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace lmi::emulator::events {
namespace {

using testing::HasSubstr;

constexpr const char* queue_arn = "arn:aws:sqs:us-east-1:000000000000:q";

class OutboxTest : public testing::Test {
 protected:
  Outbox& open(Outbox::Places places) { return outbox.emplace(loop, &client, std::move(places)); }
  /// The failure that was told, once it was.
  std::string wait() {
    loop.run_until([this] { return told.has_value(); });
    return *std::exchange(told, std::nullopt);
  }
  std::function<void(const std::string&)> tell() {
    return [this](const std::string& failure) { told = failure; };
  }

  test::TemporaryDirectory directory;
  test::WaitingLoop loop;
  test::FakeClient client;
  std::optional<std::string> told;
  std::optional<Outbox> outbox;
};

TEST_F(OutboxTest, AFileGetsALineForEachRecord) {
  Outbox& box = open({.sinks = {{queue_arn, FileSink{directory / "lines"}}}});
  box.deliver({queue_arn, R"({"n":1})"}, tell());
  EXPECT_EQ(wait(), "");
  box.deliver({queue_arn, "body", {{"RequestID", "String", "id"}}}, tell());
  EXPECT_EQ(wait(), "");
  std::ifstream file{directory / "lines"};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  EXPECT_EQ(
      text,
      "{\"n\":1}\n"
      R"({"MessageBody":"body","MessageAttributes":{"RequestID":{"DataType":"String","StringValue":"id"}}})"
      "\n");
}

TEST_F(OutboxTest, AFileThatCannotBeWrittenIsAFailureWithItsName) {
  Outbox& box = open({.sinks = {{queue_arn, FileSink{directory / "missing" / "lines"}}}});
  box.deliver({queue_arn, "{}"}, tell());
  EXPECT_THAT(wait(), HasSubstr("missing/lines: No such file or directory"));
}

TEST_F(OutboxTest, AServerGetsAPostAndItsStatusDecides) {
  Outbox& box = open({.sinks = {{queue_arn, HttpSink{*http::parse_url("http://h:81/in")}}}});
  box.deliver({queue_arn, "{}"}, tell());
  auto request = client.take();
  ASSERT_TRUE(request);
  EXPECT_EQ(request->request.port, 81);
  EXPECT_EQ(request->request.target, "/in");
  EXPECT_EQ(request->request.body, "{}");
  request->answer({}, 204);
  EXPECT_EQ(*std::exchange(told, std::nullopt), "");
  box.deliver({queue_arn, "{}"}, tell());
  client.take()->answer({}, 500);
  EXPECT_EQ(*std::exchange(told, std::nullopt), "it answered 500");
  box.deliver({queue_arn, "{}"}, tell());
  client.take()->fail("no connection: refused");
  EXPECT_EQ(*told, "no connection: refused");
}

TEST_F(OutboxTest, AQueueWithoutSinkGetsAMessageOnTheSqsEndpoint) {
  Outbox& box = open({.sqs_endpoint = http::parse_url("http://sqs:9324")});
  box.deliver({queue_arn, "body", {{"RequestID", "String", "id"}}}, tell());
  auto request = client.take();
  ASSERT_TRUE(request);
  EXPECT_EQ(request->operation(), "GetQueueUrl");
  EXPECT_EQ(request->body()["QueueName"], "q");
  request->answer({{"QueueUrl", "http://sqs/000000000000/q"}});
  request = client.take();
  ASSERT_TRUE(request);
  EXPECT_EQ(request->operation(), "SendMessage");
  EXPECT_EQ(request->body()["QueueUrl"], "http://sqs/000000000000/q");
  EXPECT_EQ(request->body()["MessageBody"], "body");
  EXPECT_EQ(request->body()["MessageAttributes"]["RequestID"]["StringValue"], "id");
  request->answer({{"MessageId", "m"}});
  EXPECT_EQ(*told, "");
}

TEST_F(OutboxTest, WhatNothingStandsInForSaysHowToHelpThat) {
  Outbox& box = open({});
  box.deliver({"arn:aws:sns:us-east-1:000000000000:t", "{}"}, tell());
  EXPECT_THAT(wait(), HasSubstr("--sink arn:aws:sns:us-east-1:000000000000:t=URL"));
}

}  // namespace
}  // namespace lmi::emulator::events
