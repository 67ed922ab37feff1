#include "events/event_queue.hpp"

#include "fake_targets.hpp"
#include "support/fake_http_client.hpp"
#include "support/temporary_directory.hpp"
#include "support/waiting_loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace lmi::emulator::events {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using Acceptance = EventQueue::Acceptance;

constexpr const char* sink_arn = "arn:aws:sqs:us-east-1:000000000000:records";
constexpr const char* dead_arn = "arn:aws:sqs:us-east-1:000000000000:dead";

/// The queue on a real store; its wall clock is the loop's.
class Queue : public testing::Test {
 protected:
  Queue() { restart(); }

  /// Ends the queue as a kill does, apart from writes under way, and starts another on the same file.
  void restart() {
    queue.reset();
    outbox.reset();
    store.reset();
    targets.attempts.clear();
    auto opened = store::Store::open(loop, directory / "state.db");
    store = std::move(std::get<std::unique_ptr<store::Store>>(opened));
    outbox = std::make_unique<Outbox>(
        loop, &client,
        Outbox::Places{.sinks = {{sink_arn, FileSink{directory / "records"}},
                                 {dead_arn, HttpSink{*http::parse_url("http://dead/")}}}});
    queue = std::make_unique<EventQueue>(EventQueue::Parts{
        loop, *store, targets, *outbox, parameters,
        [this] {
          return WallTime{std::chrono::duration_cast<WallTime::duration>(loop.now().time_since_epoch())};
        },
        [this] { return "made-" + std::to_string(++made); },
        [this](const std::string& line) { warnings.push_back(line); }});
    for (const store::Document& document : store->take_contents().documents)
      queue->restore(event_from_document(document.key, document.json));
  }

  Acceptance accept(const std::string& id, const std::string& function = "f") {
    InvokeOrder order;
    order.function = {function, ""};
    order.scope = {"us-east-1", "000000000000"};
    order.request_id = id;
    order.payload = json{{"id", id}}.dump();
    std::optional<Acceptance> told;
    queue->accept(std::move(order), [&told](Acceptance how, const std::string&) { told = how; });
    if (!told) loop.run_until([&told] { return told.has_value(); });
    return *told;
  }

  /// Waits until the store has done everything it was asked for.
  void flush() {
    bool written = false;
    store->write({}, [&written](const std::string&) { written = true; });
    loop.run_until([&written] { return written; });
  }

  std::size_t documents_on_disk() {
    flush();
    store.reset();
    auto opened = store::Store::open(loop, directory / "state.db");
    store = std::move(std::get<std::unique_ptr<store::Store>>(opened));
    return store->take_contents().documents.size();
  }

  std::vector<json> records() const {
    std::vector<json> lines;
    std::ifstream file{directory / "records"};
    for (std::string line; std::getline(file, line);) lines.push_back(json::parse(line));
    return lines;
  }

  test::TemporaryDirectory directory;
  test::WaitingLoop loop;
  test::FakeClient client;
  FakeTargets targets;
  Parameters parameters;
  std::vector<std::string> warnings;
  unsigned made = 0;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<Outbox> outbox;
  std::unique_ptr<EventQueue> queue;
};

TEST_F(Queue, WhatWasAcceptedIsOnTheDiskAndRuns) {
  EXPECT_EQ(accept("one"), Acceptance::accepted);
  ASSERT_EQ(targets.attempts.size(), 1U);
  EXPECT_EQ(targets.attempts.front().order.payload, R"({"id":"one"})");
  restart();  // before it ended
  ASSERT_EQ(targets.attempts.size(), 1U);
  EXPECT_EQ(targets.succeed().request_id, "one");
  flush();
  restart();
  EXPECT_TRUE(targets.attempts.empty());
  EXPECT_TRUE(warnings.empty());
}

TEST_F(Queue, AnErrorIsRetriedTwiceUnderTheSameRequestId) {
  accept("one");
  EXPECT_EQ(targets.fail().request_id, "one");
  EXPECT_TRUE(targets.attempts.empty());
  loop.advance(parameters.retry_delays[0] - 1ms);
  EXPECT_TRUE(targets.attempts.empty());
  loop.advance(1ms);
  ASSERT_EQ(targets.attempts.size(), 1U);
  EXPECT_EQ(targets.fail().request_id, "one");
  loop.advance(parameters.retry_delays[1] - 1ms);
  EXPECT_TRUE(targets.attempts.empty());
  loop.advance(1ms);
  ASSERT_EQ(targets.attempts.size(), 1U);
  EXPECT_EQ(targets.fail().request_id, "one");
  loop.advance(1h);
  EXPECT_TRUE(targets.attempts.empty());
  EXPECT_EQ(queue->waiting(), 0U);
  EXPECT_EQ(documents_on_disk(), 0U);
}

TEST_F(Queue, AttemptsAndTheTimeOfTheNextSurviveARestart) {
  accept("one");
  targets.fail();
  flush();
  restart();
  EXPECT_TRUE(targets.attempts.empty());
  loop.advance(parameters.retry_delays[0]);
  ASSERT_EQ(targets.attempts.size(), 1U);
  targets.fail();
  flush();
  restart();
  loop.advance(parameters.retry_delays[1]);
  ASSERT_EQ(targets.attempts.size(), 1U);
  targets.fail();
  flush();
  restart();
  loop.advance(1h);
  EXPECT_TRUE(targets.attempts.empty());
}

TEST_F(Queue, AThrottleDoesNotCountAndIsTriedAgainSooner) {
  accept("one");
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(targets.attempts.size(), 1U) << i;
    targets.throttle();
    loop.advance(parameters.max_throttle_delay);
  }
  targets.succeed();
  EXPECT_EQ(queue->waiting(), 0U);
}

TEST_F(Queue, FindsOutHowManySlotsThereAre) {
  for (int i = 0; i < 100; ++i) accept(std::to_string(i));
  constexpr std::size_t slots = 3;
  std::vector<std::string> done;
  // Of what is under way, everything above the slots is refused.
  while (done.size() < 100) {
    while (targets.attempts.size() > slots) {
      FakeTargets::Attempt surplus = std::move(targets.attempts.back());
      targets.attempts.pop_back();
      surplus.done({Outcome::Kind::throttled, {}, {}, "Rate Exceeded."});
    }
    ASSERT_FALSE(targets.attempts.empty());
    done.push_back(targets.succeed().request_id);
    EXPECT_LE(targets.attempts.size(), 8U);
  }
  EXPECT_EQ(queue->waiting(), 0U);
}

TEST_F(Queue, AFunctionThatIsFullHoldsUpNoOther) {
  for (int i = 0; i < 20; ++i) accept("f" + std::to_string(i), "f");
  accept("g", "g");
  EXPECT_EQ(targets.attempts.back().order.request_id, "g");
}

TEST_F(Queue, AnEventThatIsTooOldFailsWithoutAnAttempt) {
  targets.rules_of["f"].event_age = 60s;
  targets.rules_of["f"].on_failure = sink_arn;
  accept("one");
  targets.throttle();
  store->write({}, [](const std::string&) {});
  loop.advance(20ms);
  ASSERT_EQ(targets.attempts.size(), 1U);
  targets.throttle();
  loop.advance(60s);  // several tries, each throttled by nobody: the first that comes too late is none
  while (!targets.attempts.empty()) {
    targets.throttle();
    loop.advance(5s);
  }
  loop.run_until([this] { return !records().empty(); });
  EXPECT_EQ(records().at(0)["requestContext"]["condition"], "EventAgeExceeded");
  EXPECT_EQ(records().at(0)["requestContext"]["approximateInvokeCount"], 0);
}

TEST_F(Queue, AnErrorWhoseRetryWouldComeTooLateFailsAtOnce) {
  targets.rules_of["f"].event_age = 1s;
  targets.rules_of["f"].on_failure = sink_arn;
  accept("one");
  targets.fail();
  loop.run_until([this] { return !records().empty(); });
  const json record = records().at(0);
  EXPECT_EQ(record["requestContext"]["condition"], "EventAgeExceeded");
  EXPECT_EQ(record["requestContext"]["approximateInvokeCount"], 1);
  EXPECT_EQ(record["responsePayload"]["errorMessage"], "on purpose");
}

TEST_F(Queue, SuccessAndFailureGoToTheirDestinations) {
  targets.rules_of["f"].on_success = sink_arn;
  targets.rules_of["f"].on_failure = sink_arn;
  targets.rules_of["f"].retry_attempts = 0;
  accept("good");
  targets.succeed();
  loop.run_until([this] { return records().size() == 1; });
  accept("bad");
  targets.fail();
  loop.run_until([this] { return records().size() == 2 && queue->waiting() == 0; });
  EXPECT_EQ(records()[0]["requestContext"]["condition"], "Success");
  EXPECT_EQ(records()[0]["requestContext"]["requestId"], "good");
  EXPECT_EQ(records()[1]["requestContext"]["condition"], "RetriesExhausted");
  EXPECT_EQ(records()[1]["requestPayload"], (json{{"id", "bad"}}));
  flush();
  EXPECT_EQ(documents_on_disk(), 0U);
}

TEST_F(Queue, ARecordForAFunctionIsAnEventOfItsOwn) {
  targets.rules_of["f"].on_success = "arn:aws:lambda:us-east-1:000000000000:function:next:live";
  accept("one");
  targets.succeed(R"({"answer":42})");
  loop.run_until([this] { return !targets.attempts.empty(); });
  const InvokeOrder& next = targets.attempts.front().order;
  EXPECT_EQ(next.function.name, "next");
  EXPECT_EQ(next.function.qualifier, "live");
  EXPECT_EQ(next.request_id, "made-1");
  EXPECT_EQ(json::parse(next.payload)["responsePayload"]["answer"], 42);
  restart();  // it is on the disk
  ASSERT_EQ(targets.attempts.size(), 1U);
  EXPECT_EQ(targets.succeed().request_id, "made-1");
}

TEST_F(Queue, ADeadLetterIsPostedWithItsAttributes) {
  targets.rules_of["f"].retry_attempts = 0;
  targets.rules_of["f"].dead_letter = dead_arn;
  accept("one");
  targets.fail();
  loop.run_until([this] { return !client.requests.empty(); });
  const auto request = client.take();
  EXPECT_EQ(request->request.host, "dead");
  const json letter = request->body();
  EXPECT_EQ(letter["MessageBody"], R"({"id":"one"})");
  EXPECT_EQ(letter["MessageAttributes"]["RequestID"]["StringValue"], "one");
  EXPECT_EQ(letter["MessageAttributes"]["ErrorCode"]["DataType"], "Number");
  EXPECT_EQ(letter["MessageAttributes"]["ErrorMessage"]["StringValue"], "on purpose");
  request->answer({});
  flush();
  EXPECT_EQ(documents_on_disk(), 0U);
}

TEST_F(Queue, ASinkThatFailsIsTriedAgainThenNamedInTheLog) {
  targets.rules_of["f"].retry_attempts = 0;
  targets.rules_of["f"].dead_letter = dead_arn;
  accept("one");
  targets.fail();
  loop.run_until([this] { return !client.requests.empty(); });
  for (unsigned i = 1; i < parameters.sink_attempts; ++i) {
    client.take()->answer({}, 503);
    ASSERT_TRUE(client.requests.empty());
    EXPECT_THAT(warnings.back(), HasSubstr("event.delivery_failed request_id=one"));
    loop.advance(10s);
    ASSERT_FALSE(client.requests.empty()) << i;
  }
  client.take()->fail("no connection");
  EXPECT_THAT(warnings.back(), HasSubstr("event.delivery_given_up request_id=one"));
  EXPECT_THAT(warnings.back(), HasSubstr("no connection"));
  loop.advance(1h);
  EXPECT_TRUE(client.requests.empty());
  EXPECT_EQ(documents_on_disk(), 0U);
}

TEST_F(Queue, ADeliveryUnderWayGoesOnAfterARestart) {
  targets.rules_of["f"].retry_attempts = 0;
  targets.rules_of["f"].dead_letter = dead_arn;
  accept("one");
  targets.fail();
  loop.run_until([this] { return !client.requests.empty(); });
  restart();
  const auto request = client.take();
  ASSERT_TRUE(request);
  EXPECT_EQ(request->body()["MessageBody"], R"({"id":"one"})");
  EXPECT_TRUE(targets.attempts.empty());
}

TEST_F(Queue, AnEventOfAFunctionThatIsGoneIsNamedInTheLog) {
  accept("one");
  targets.end({Outcome::Kind::gone, {}, {}, "Function not found: f"});
  EXPECT_EQ(queue->waiting(), 0U);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0],
              HasSubstr("event.dropped request_id=one function=f reason=\"Function not found: f\""));
}

TEST_F(Queue, RefusesWhenTooMuchWaits) {
  parameters.max_waiting_bytes = 3000;
  restart();
  EXPECT_EQ(accept("one"), Acceptance::accepted);
  EXPECT_EQ(accept("two"), Acceptance::accepted);
  EXPECT_EQ(accept("three"), Acceptance::full);
  targets.succeed();
  EXPECT_EQ(accept("three"), Acceptance::accepted);
}

TEST_F(Queue, OnceStoppedOnlySuccessesCount) {
  accept("good");
  accept("bad");
  queue->stop();
  accept("late");  // on the disk, for the next run
  ASSERT_EQ(targets.attempts.size(), 2U);
  targets.succeed();
  targets.fail();
  flush();
  restart();
  ASSERT_EQ(targets.attempts.size(), 2U);
  EXPECT_EQ(targets.succeed().request_id, "bad");
  EXPECT_EQ(targets.succeed().request_id, "late");
}

}  // namespace
}  // namespace lmi::emulator::events
