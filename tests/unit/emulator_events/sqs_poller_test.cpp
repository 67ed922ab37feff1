#include "events/sqs_poller.hpp"

#include "fake_targets.hpp"
#include "loop/manual_loop.hpp"
#include "support/fake_http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace lmi::emulator::events {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

json message(const std::string& id, const std::string& body = "{}") {
  return {{"MessageId", id}, {"ReceiptHandle", "handle-" + id}, {"Body", body}};
}
json messages(const std::vector<std::string>& ids) {
  json list = json::array();
  for (const std::string& id : ids) list.push_back(message(id));
  return {{"Messages", list}};
}

class Poller : public testing::Test {
 protected:
  Poller() {
    mapping.uuid = "uuid-1";
    mapping.queue_arn = "arn:aws:sqs:us-east-1:000000000000:q";
    mapping.function = {"f", ""};
    mapping.scope = {"us-east-1", "000000000000"};
  }

  void start() {
    poller = std::make_unique<SqsPoller>(
        SqsPoller::Parts{loop, sqs, targets, parameters, [this] { return "id-" + std::to_string(++made); },
                         [this](const std::string& line) { warnings.push_back(line); }},
        mapping);
    poller->start();
    const auto request = client.take();
    ASSERT_TRUE(request);
    EXPECT_EQ(request->operation(), "GetQueueUrl");
    request->answer({{"QueueUrl", "http://sqs/q"}});
  }

  /// The next request, which must be of that operation.
  std::shared_ptr<test::FakeClient::Request> next(const std::string& operation) {
    auto request = client.take();
    EXPECT_TRUE(request) << "no " << operation;
    if (!request) throw std::runtime_error{"no request"};
    EXPECT_EQ(request->operation(), operation);
    return request;
  }

  std::vector<std::string> deleted(const json& body) {
    std::vector<std::string> handles;
    for (const json& entry : body["Entries"]) handles.push_back(entry["ReceiptHandle"]);
    return handles;
  }

  ManualLoop loop;
  test::FakeClient client;
  SqsClient sqs{client, *http::parse_url("http://sqs:9324")};
  FakeTargets targets;
  Parameters parameters;
  SqsMapping mapping;
  std::vector<std::string> warnings;
  unsigned made = 0;
  std::unique_ptr<SqsPoller> poller;
};

TEST_F(Poller, ReceivesInvokesAndDeletes) {
  start();
  const auto receive = next("ReceiveMessage");
  EXPECT_EQ(receive->body()["QueueUrl"], "http://sqs/q");
  EXPECT_EQ(receive->body()["MaxNumberOfMessages"], 10);
  EXPECT_EQ(receive->body()["WaitTimeSeconds"], 20);
  EXPECT_THAT(std::string{receive->request.headers.get("Authorization")}, HasSubstr("/us-east-1/sqs/"));
  receive->answer(messages({"a", "b"}));
  ASSERT_EQ(targets.attempts.size(), 1U);
  const json event = json::parse(targets.attempts.front().order.payload);
  ASSERT_EQ(event["Records"].size(), 2U);
  EXPECT_EQ(event["Records"][0]["messageId"], "a");
  EXPECT_EQ(event["Records"][0]["eventSource"], "aws:sqs");
  next("ReceiveMessage");  // goes on meanwhile
  targets.succeed();
  const auto removal = next("DeleteMessageBatch");
  EXPECT_EQ(deleted(removal->body()), (std::vector<std::string>{"handle-a", "handle-b"}));
  removal->answer({{"Successful", json::array()}});
  EXPECT_TRUE(warnings.empty());
}

TEST_F(Poller, AFailedBatchIsLeftToTheQueue) {
  start();
  next("ReceiveMessage")->answer(messages({"a"}));
  next("ReceiveMessage");
  targets.fail();
  EXPECT_FALSE(client.take());
}

TEST_F(Poller, ReportedFailuresAreLeftToTheQueue) {
  mapping.reports_failures = true;
  start();
  next("ReceiveMessage")->answer(messages({"a", "b"}));
  next("ReceiveMessage");
  targets.succeed(R"({"batchItemFailures":[{"itemIdentifier":"a"}]})");
  EXPECT_EQ(deleted(next("DeleteMessageBatch")->body()), (std::vector<std::string>{"handle-b"}));
}

TEST_F(Poller, AThrottledBatchIsLeftToTheQueueAndPollingWaits) {
  mapping.max_concurrency = 1;
  start();
  next("ReceiveMessage")->answer(messages({"a"}));
  EXPECT_FALSE(client.take());  // no room for a second batch
  targets.throttle();
  EXPECT_THAT(warnings.back(), HasSubstr("mapping.batch_returned uuid=uuid-1 messages=1"));
  EXPECT_FALSE(client.take());
  loop.advance(parameters.throttle_delay);
  next("ReceiveMessage");
}

TEST_F(Poller, NeverMoreBatchesAtOnceThanItsMaximumConcurrency) {
  mapping.max_concurrency = 2;
  start();
  next("ReceiveMessage")->answer(messages({"a"}));
  next("ReceiveMessage")->answer(messages({"b"}));
  EXPECT_EQ(targets.attempts.size(), 2U);
  EXPECT_FALSE(client.take());
  targets.succeed();
  next("DeleteMessageBatch");
  next("ReceiveMessage");
}

TEST_F(Poller, AWindowGathersMoreThanTenMessages) {
  mapping.batch_size = 13;
  mapping.batching_window = 5s;
  start();
  const auto first = next("ReceiveMessage");
  EXPECT_EQ(first->body()["MaxNumberOfMessages"], 10);
  first->answer(messages({"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}));
  EXPECT_TRUE(targets.attempts.empty());
  const auto second = next("ReceiveMessage");
  EXPECT_EQ(second->body()["MaxNumberOfMessages"], 3);
  EXPECT_EQ(second->body()["WaitTimeSeconds"], 1);
  second->answer(messages({"11", "12", "13"}));
  ASSERT_EQ(targets.attempts.size(), 1U);
  next("ReceiveMessage");
  targets.succeed();
  EXPECT_EQ(deleted(next("DeleteMessageBatch")->body()).size(), 10U);
  EXPECT_EQ(deleted(next("DeleteMessageBatch")->body()).size(), 3U);
}

TEST_F(Poller, AWindowEndsWithWhatThereIs) {
  mapping.batching_window = 5s;
  start();
  next("ReceiveMessage")->answer(messages({"a"}));
  EXPECT_TRUE(targets.attempts.empty());
  loop.advance(5s - 1ms);
  EXPECT_TRUE(targets.attempts.empty());
  loop.advance(1ms);
  ASSERT_EQ(targets.attempts.size(), 1U);
}

TEST_F(Poller, WhatTheFilterKeepsOutIsDeleted) {
  mapping.filter = *Filter::parse({R"({"body":{"kind":["wanted"]}})"});
  start();
  next("ReceiveMessage")
      ->answer({{"Messages", {message("a", R"({"kind":"wanted"})"), message("b", R"({"kind":"other"})")}}});
  EXPECT_EQ(deleted(next("DeleteMessageBatch")->body()), (std::vector<std::string>{"handle-b"}));
  ASSERT_EQ(targets.attempts.size(), 1U);
  EXPECT_EQ(json::parse(targets.attempts.front().order.payload)["Records"].size(), 1U);
}

TEST_F(Poller, AServerThatIsAwayIsReportedOnceAndAskedAgain) {
  start();
  for (int i = 0; i < 3; ++i) {
    next("ReceiveMessage")->fail("no connection: Connection refused");
    EXPECT_FALSE(client.take());
    loop.advance(parameters.queue_error_delay);
  }
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0], HasSubstr("mapping.queue_unreachable uuid=uuid-1"));
  next("ReceiveMessage")->answer(json::object());
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_THAT(warnings[1], HasSubstr("mapping.queue_reached"));
}

TEST_F(Poller, AMissingQueueIsLookedForAgain) {
  poller = std::make_unique<SqsPoller>(
      SqsPoller::Parts{loop, sqs, targets, parameters, [] { return std::string{}; },
                       [this](const std::string& line) { warnings.push_back(line); }},
      mapping);
  poller->start();
  next("GetQueueUrl")->answer({{"__type", "QueueDoesNotExist"}, {"message", "gone"}}, 400);
  EXPECT_THAT(warnings.back(), HasSubstr("it answered 400 QueueDoesNotExist gone"));
  loop.advance(parameters.queue_error_delay);
  next("GetQueueUrl");
}

TEST_F(Poller, StoppedItIsIdleWhenItsLastBatchWasDeleted) {
  start();
  next("ReceiveMessage")->answer(messages({"a"}));
  bool idle = false;
  poller->stop([&idle] { idle = true; });
  EXPECT_FALSE(idle);
  EXPECT_FALSE(client.take());  // the poll was dropped
  targets.succeed();
  EXPECT_FALSE(idle);
  next("DeleteMessageBatch")->answer(json::object());
  EXPECT_TRUE(idle);
  loop.advance(1h);
  EXPECT_FALSE(client.take());
}

TEST_F(Poller, StoppedWithNothingUnderWayItIsIdleAtOnce) {
  start();
  bool idle = false;
  poller->stop([&idle] { idle = true; });
  EXPECT_TRUE(idle);
}

}  // namespace
}  // namespace lmi::emulator::events
