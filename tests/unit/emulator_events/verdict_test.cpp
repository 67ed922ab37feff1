#include "events/verdict.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace lmi::emulator::events {
namespace {

using namespace std::chrono_literals;
using Kind = Outcome::Kind;
using nlohmann::json;

constexpr const char* queue = "arn:aws:sqs:us-east-1:000000000000:q";

WallTime start() {
  return WallTime{std::chrono::milliseconds{1573755365568}};
}

AcceptedEvent event_with(unsigned attempts) {
  AcceptedEvent event;
  event.order.function = {"f", ""};
  event.order.scope = {"us-east-1", "000000000000"};
  event.order.request_id = "id-1";
  event.order.payload = R"({"b":1,"a":2})";
  event.accepted_at = start();
  event.attempts = attempts;
  return event;
}

TEST(Verdict, FollowsFromOutcomeAttemptsAndAge) {
  struct Case {
    const char* name;
    Kind kind;
    unsigned attempts;
    std::chrono::seconds age;
    Verdict expected;
  };
  const std::vector<Case> cases = {
      {"success", Kind::success, 0, 0s, Verdict::succeeded},
      {"success in old age", Kind::success, 0, 7h, Verdict::succeeded},
      {"first error", Kind::function_error, 1, 0s, Verdict::retry_later},
      {"second error", Kind::function_error, 2, 60s, Verdict::retry_later},
      {"third error", Kind::function_error, 3, 180s, Verdict::retries_exhausted},
      {"error, next attempt too late", Kind::function_error, 1, 6h - 60s, Verdict::age_exceeded},
      {"error, next attempt just in time", Kind::function_error, 1, 6h - 61s, Verdict::retry_later},
      {"throttle", Kind::throttled, 0, 6h - 1s, Verdict::back_to_queue},
      {"throttle in old age", Kind::throttled, 0, 6h, Verdict::age_exceeded},
      {"no function", Kind::gone, 0, 0s, Verdict::gone},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(
        judge(event_with(one.attempts), {.kind = one.kind}, {}, Parameters::realistic(), start() + one.age),
        one.expected)
        << one.name;
  }
}

TEST(Verdict, NoRetriesMeansOneAttempt) {
  Rules rules;
  rules.retry_attempts = 0;
  EXPECT_EQ(judge(event_with(1), {.kind = Kind::function_error}, rules, {}, start()),
            Verdict::retries_exhausted);
}

TEST(Verdict, RetriesComeAfterOneMinuteAndTwo) {
  EXPECT_EQ(retry_at(1, Parameters::realistic(), start()), start() + 1min);
  EXPECT_EQ(retry_at(2, Parameters::realistic(), start()), start() + 2min);
  EXPECT_EQ(retry_at(1, Parameters{}, start()), start() + 1s);
}

TEST(Records, TakePayloadsOfAnyDepthAsTheyAre) {
  Rules rules;
  rules.on_success = queue;
  const std::string deep = R"({"x":)" + std::string(500'000, '[') + std::string(500'000, ']') + "}";
  AcceptedEvent event = event_with(1);
  event.order.payload = deep;
  const Records records =
      records_for(event, {Kind::success, "1", deep, {}}, rules, Verdict::succeeded, start());
  EXPECT_NE(records.record.find(R"("requestPayload":)" + deep + ","), std::string::npos);
  EXPECT_TRUE(records.record.ends_with(R"("responsePayload":)" + deep + "}"));
}

TEST(Records, AreOneLineWhateverTheirPayloadsLookLike) {
  Rules rules;
  rules.on_success = queue;
  AcceptedEvent event = event_with(1);
  event.order.payload = "\xEF\xBB\xBF{ \"a\\\\\" :\r\n\t[ 1 , \"b \\\" c\" ] }\n";
  const Records records =
      records_for(event, {Kind::success, "1", "no\nJSON", {}}, rules, Verdict::succeeded, start());
  EXPECT_NE(records.record.find(R"("requestPayload":{"a\\":[1,"b \" c"]},)"), std::string::npos)
      << records.record;
  EXPECT_TRUE(records.record.ends_with(R"("responsePayload":"no\nJSON"})")) << records.record;
}

TEST(Records, OfASuccessHaveTheRecordedForm) {
  Rules rules;
  rules.on_success = queue;
  rules.on_failure = "arn:other";
  rules.dead_letter = "arn:dead";
  const Outcome outcome{Kind::success, "$LATEST.PUBLISHED", R"({"ok":true})", {}};
  const Records records = records_for(event_with(1), outcome, rules, Verdict::succeeded, start());
  EXPECT_EQ(records.destination, queue);
  EXPECT_TRUE(records.dead_letters.empty());
  // Text, not JSON: members keep AWS's order, payloads their own.
  EXPECT_EQ(records.record,
            R"({"version":"1.0","timestamp":"2019-11-14T18:16:05.568Z","requestContext":{"requestId":"id-1",)"
            R"("functionArn":"arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST.PUBLISHED",)"
            R"("condition":"Success","approximateInvokeCount":2},"requestPayload":{"b":1,"a":2},)"
            R"("responseContext":{"statusCode":200,"executedVersion":"$LATEST.PUBLISHED"},)"
            R"("responsePayload":{"ok":true}})");
}

TEST(Records, OfAFailureCarryTheErrorAndADeadLetter) {
  Rules rules;
  rules.on_failure = queue;
  rules.dead_letter = "arn:dead";
  const Outcome outcome{Kind::function_error, "3", R"({"errorType":"E","errorMessage":"on purpose"})", "E"};
  AcceptedEvent event = event_with(3);
  event.order.function.qualifier = "live";
  const Records records = records_for(event, outcome, rules, Verdict::retries_exhausted, start());
  const json record = json::parse(records.record);
  EXPECT_EQ(record["requestContext"]["condition"], "RetriesExhausted");
  EXPECT_EQ(record["requestContext"]["approximateInvokeCount"], 3);
  EXPECT_EQ(record["requestContext"]["functionArn"], "arn:aws:lambda:us-east-1:000000000000:function:f:live");
  EXPECT_EQ(record["responseContext"],
            (json{{"statusCode", 200}, {"executedVersion", "3"}, {"functionError", "Unhandled"}}));
  EXPECT_EQ(record["responsePayload"]["errorMessage"], "on purpose");

  ASSERT_EQ(records.dead_letters.size(), 1U);
  const Delivery& letter = records.dead_letters.front();
  EXPECT_EQ(letter.destination, "arn:dead");
  EXPECT_EQ(letter.body, event.order.payload);
  ASSERT_EQ(letter.attributes.size(), 3U);
  EXPECT_EQ(letter.attributes[0].value, "id-1");
  EXPECT_EQ(letter.attributes[1].name, "ErrorCode");
  EXPECT_EQ(letter.attributes[1].type, "Number");
  EXPECT_EQ(letter.attributes[1].value, "200");
  EXPECT_EQ(letter.attributes[2].value, "on purpose");
}

TEST(Records, OfAnEventThatNeverRanHaveNoResponse) {
  Rules rules;
  rules.on_failure = queue;
  const Outcome outcome{Kind::throttled, {}, {}, "Rate Exceeded."};
  const json record =
      json::parse(records_for(event_with(0), outcome, rules, Verdict::age_exceeded, start()).record);
  EXPECT_EQ(record["requestContext"]["condition"], "EventAgeExceeded");
  EXPECT_EQ(record["requestContext"]["approximateInvokeCount"], 0);
  EXPECT_FALSE(record.contains("responseContext"));
  EXPECT_FALSE(record.contains("responsePayload"));
}

TEST(Records, ADeadLettersMessageIsCutAtOneKilobyteBetweenCharacters) {
  Rules rules;
  rules.dead_letter = "arn:dead";
  std::string text = "x";
  while (text.size() < 2000) text += "ü";
  const Outcome outcome{Kind::function_error, "1", json{{"errorMessage", text}}.dump(), {}};
  const Records records = records_for(event_with(3), outcome, rules, Verdict::retries_exhausted, start());
  const std::string& message = records.dead_letters.at(0).attributes.at(2).value;
  EXPECT_EQ(message.size(), 1023U);
  EXPECT_EQ(message, text.substr(0, 1023));
}

TEST(Records, AnAnswerThatIsNoJsonIsAString) {
  Rules rules;
  rules.on_success = queue;
  const Records records =
      records_for(event_with(0), {Kind::success, "1", "plain", {}}, rules, Verdict::succeeded, start());
  EXPECT_EQ(json::parse(records.record)["responsePayload"], "plain");
}

}  // namespace
}  // namespace lmi::emulator::events
