#include "events/sqs_batch.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lmi::emulator::events {
namespace {

using nlohmann::json;

constexpr const char* arn = "arn:aws:sqs:eu-west-1:123456789012:orders";

json message(const std::string& id) {
  return {{"MessageId", id}, {"ReceiptHandle", "handle-" + id}, {"Body", "{}"}, {"MD5OfBody", "md5"}};
}

SqsBatch batch_of(const std::vector<std::string>& ids) {
  SqsBatch batch;
  for (const std::string& id : ids) batch.add(*sqs_record(message(id), arn, parse_queue_arn(arn)));
  return batch;
}

std::vector<std::string> done(const std::string& answer, bool reports = true) {
  std::vector<std::string> ids;
  for (const auto& handle : batch_of({"a", "b", "c"}).done_after(answer, reports))
    ids.push_back(handle.message_id);
  return ids;
}

const std::vector<std::string> all{"a", "b", "c"};
const std::vector<std::string> none;

TEST(QueueArn, IsReadInItsParts) {
  const QueueArn queue = parse_queue_arn(arn);
  EXPECT_EQ(queue.region, "eu-west-1");
  EXPECT_EQ(queue.account_id, "123456789012");
  EXPECT_EQ(queue.name, "orders");
  for (const char* other : {"", "arn:aws:sqs", "arn:aws:sns:r:1:t", "arn:aws:sqs:r:1:q:more"})
    EXPECT_TRUE(parse_queue_arn(other).name.empty()) << other;
}

TEST(SqsRecord, HasTheFormOfLambdasEvents) {
  json given = message("m");
  given["Attributes"] = {{"ApproximateReceiveCount", "1"}};
  given["MessageAttributes"] = {{"kind", {{"DataType", "String"}, {"StringValue", "x"}}}};
  const auto record = sqs_record(given, arn, parse_queue_arn(arn));
  ASSERT_TRUE(record);
  EXPECT_EQ(*record, (json{{"messageId", "m"},
                           {"receiptHandle", "handle-m"},
                           {"body", "{}"},
                           {"attributes", {{"ApproximateReceiveCount", "1"}}},
                           {"messageAttributes",
                            {{"kind",
                              {{"dataType", "String"},
                               {"stringValue", "x"},
                               {"stringListValues", json::array()},
                               {"binaryListValues", json::array()}}}}},
                           {"md5OfBody", "md5"},
                           {"eventSource", "aws:sqs"},
                           {"eventSourceARN", arn},
                           {"awsRegion", "eu-west-1"}}));
}

TEST(SqsRecord, AMessageThatLacksWhatAllHaveIsNone) {
  for (const char* member : {"MessageId", "ReceiptHandle", "Body"}) {
    json given = message("m");
    given.erase(member);
    EXPECT_FALSE(sqs_record(given, arn, {})) << member;
  }
  EXPECT_FALSE(sqs_record("text", arn, {}));
}

TEST(SqsBatch, ItsEventIsJson) {
  const json event = json::parse(batch_of({"a", "b"}).event());
  ASSERT_EQ(event["Records"].size(), 2U);
  EXPECT_EQ(event["Records"][1]["messageId"], "b");
}

TEST(SqsBatch, StaysBelowTheSizeOfAPayload) {
  SqsBatch batch;
  json large = *sqs_record(message("a"), arn, {});
  large["body"] = std::string(3'200'000, 'x');
  EXPECT_TRUE(batch.has_room_for(large));
  batch.add(large);
  EXPECT_FALSE(batch.has_room_for(large));
}

TEST(SqsBatch, WithoutReportsAllAreDone) {
  EXPECT_EQ(done(R"({"batchItemFailures":[{"itemIdentifier":"a"}]})", false), all);
}

TEST(SqsBatch, WithReportsOnlyTheOthersAreDone) {
  EXPECT_EQ(done(R"({"batchItemFailures":[{"itemIdentifier":"b"}]})"), (std::vector<std::string>{"a", "c"}));
  for (const char* success :
       {"", "null", "{}", R"({"batchItemFailures":null})", R"({"batchItemFailures":[]})", "\"ok\""})
    EXPECT_EQ(done(success), all) << success;
}

TEST(SqsBatch, AReportOfAWrongFormFailsTheWholeBatch) {
  for (const char* answer :
       {"no JSON", R"({"batchItemFailures":"a"})", R"({"batchItemFailures":["a"]})",
        R"({"batchItemFailures":[{"id":"a"}]})", R"({"batchItemFailures":[{"itemIdentifier":""}]})",
        R"({"batchItemFailures":[{"itemIdentifier":null}]})",
        R"({"batchItemFailures":[{"itemIdentifier":"zzz"}]})"})
    EXPECT_EQ(done(answer), none) << answer;
}

}  // namespace
}  // namespace lmi::emulator::events
