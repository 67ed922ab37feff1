#include "lmi/events/dynamodb.hpp"
#include "lmi/events/eventbridge.hpp"
#include "lmi/events/kinesis.hpp"
#include "lmi/events/s3.hpp"
#include "lmi/events/scheduled.hpp"
#include "lmi/events/sns.hpp"
#include "lmi/events/sqs.hpp"
#include "lmi/json.hpp"
#include "samples.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace lmi {
namespace {

using nlohmann::json;
using test::problem_of;
using test::sample;
using namespace std::chrono_literals;

template <class E>
E read(const std::string& file) {
  return Codec<E>::decode(sample(file), {});
}

EventTime at(std::int64_t milliseconds) {
  return EventTime{std::chrono::milliseconds{milliseconds}};
}

TEST(SqsEvent, IsRead) {
  const auto event = read<SqsEvent>("aws-lambda-go/sqs-event.json");
  ASSERT_EQ(event.records.size(), 1U);
  const auto& message = event.records[0];
  EXPECT_EQ(message.message_id, "MessageID_1");
  EXPECT_EQ(message.receipt_handle, "MessageReceiptHandle");
  EXPECT_EQ(message.body, "Message Body");
  EXPECT_EQ(message.md5_of_body, "fce0ea8dd236ccb3ed9b37dae260836f");
  EXPECT_EQ(message.event_source_arn, "arn:aws:sqs:us-west-2:123456789012:SQSQueue");
  EXPECT_EQ(message.aws_region, "us-west-2");
  EXPECT_EQ(message.attribute("SenderId"), "AROAIWPX5BD2BHG722MW4:sender");
  EXPECT_EQ(message.approximate_receive_count(), 2U);
  EXPECT_EQ(message.sent(), at(1520621625029));
  EXPECT_EQ(message.message_group_id(), "");
  EXPECT_EQ(message.message_attributes.at("Attribute3").binary_value, "1100");
  EXPECT_EQ(message.message_attributes.at("Attribute3").data_type, "Binary");
  EXPECT_EQ(message.message_attributes.at("Attribute1").string_value, "AttributeValue1");
}

TEST(SqsEvent, ABodyMayBeJsonOfAnotherType) {
  const auto event = read<SqsEvent>("aws_lambda_events/example-sqs-event-obj.json");
  EXPECT_EQ(Codec<json>::decode(event.records.at(0).body, {}).at("b"), 123);
}

TEST(SqsEvent, AbsentMembersAreEmptyAndWrongOnesAreNamed) {
  const auto bare =
      Codec<SqsEvent>::decode(R"({"Records":[{"messageId":"m","body":null,"more":{}}],"x":1})", {});
  EXPECT_EQ(bare.records.at(0).body, "");
  EXPECT_EQ(bare.records[0].approximate_receive_count(), 0U);
  EXPECT_FALSE(bare.records[0].sent());
  EXPECT_EQ(problem_of<SqsEvent>(R"({"Records":[{"messageId":"m"},{"messageId":"n","body":7}]})"),
            "Records[1].body: expected a string, found a number");
  EXPECT_EQ(problem_of<SqsEvent>(R"({"Records":[{}]})"), "Records[0].messageId: missing");
  EXPECT_EQ(problem_of<SqsEvent>(R"({"Records":{}})"), "Records: expected an array, found an object");
  EXPECT_EQ(problem_of<SqsEvent>(R"({"Records":["x"]})"), "Records[0]: expected an object, found a string");
  EXPECT_EQ(problem_of<SqsEvent>("{}"), "Records: missing");
  EXPECT_EQ(problem_of<SqsEvent>("7"), "the event: expected an object, found a number");
  EXPECT_EQ(problem_of<SqsEvent>(
                R"({"Records":[{"messageId":"m","messageAttributes":{"a":{"binaryValue":"%"}}}]})"),
            "Records[0].messageAttributes.a.binaryValue: not base64 at byte 0");
}

TEST(SnsEvent, IsRead) {
  const auto event = read<SnsEvent>("aws-lambda-go/sns-event.json");
  const auto& record = event.records.at(0);
  EXPECT_EQ(record.message, "Hello from SNS!");
  EXPECT_EQ(record.subject, "TestInvoke");
  EXPECT_EQ(record.topic_arn, "arn:aws:sns:EXAMPLE");
  EXPECT_EQ(record.message_id, "95df01b4-ee98-5cb9-9903-4c221d41eb5e");
  EXPECT_EQ(record.timestamp, parse_event_time("2015-06-03T17:43:27.123Z"));
  EXPECT_EQ(record.message_attributes.at("TestBinary").type, "Binary");
  EXPECT_EQ(read<SnsEvent>("aws_lambda_events/example-sns-event-pascal-case.json").records.at(0).message,
            "Hello\r\nworld!");
  EXPECT_EQ(problem_of<SnsEvent>(sample("aws-lambda-go/sqs-event.json")), "Records[0].Sns: missing");
  EXPECT_EQ(problem_of<SnsEvent>(R"({"Records":[{"Sns":{"Message":"m","Timestamp":"yesterday"}}]})"),
            "Records[0].Sns.Timestamp: expected a time such as 2015-06-03T17:43:27.123Z");
}

TEST(S3Event, IsRead) {
  for (const auto* file : {"aws-lambda-go/s3-event.json", "aws-lambda-go/s3-event-with-decoded.json"}) {
    const auto event = read<S3Event>(file);
    const auto& record = event.records.at(0);
    EXPECT_EQ(record.bucket_name, "sourcebucket");
    EXPECT_EQ(record.bucket_arn, "arn:aws:s3:::mybucket");
    EXPECT_EQ(record.key, "Happy Face.jpg");
    EXPECT_EQ(record.raw_key, "Happy%20Face.jpg");
    EXPECT_EQ(record.size, 1024U);
    EXPECT_EQ(record.event_name, "ObjectCreated:Put");
    EXPECT_EQ(record.event_time, at(123));
    EXPECT_EQ(record.principal_id, "EXAMPLE");
    EXPECT_EQ(record.source_ip, "127.0.0.1");
    EXPECT_EQ(record.etag, "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(record.version_id, "version");
    EXPECT_EQ(record.sequencer, "Happy Sequencer");
  }
  const auto plus =
      Codec<S3Event>::decode(R"({"Records":[{"s3":{"bucket":{"name":"b"},"object":{"key":"a+b%2B"}}}]})", {});
  EXPECT_EQ(plus.records.at(0).key, "a b+");
  EXPECT_EQ(problem_of<S3Event>(R"({"Records":[{"s3":{"bucket":{"name":"b"}}}]})"),
            "Records[0].s3.object.key: missing");
  EXPECT_EQ(
      problem_of<S3Event>(R"({"Records":[{"s3":{"bucket":{"name":"b"},"object":{"key":"k","size":-1}}}]})"),
      "Records[0].s3.object.size: negative");
}

TEST(KinesisEvent, IsRead) {
  const auto event = read<KinesisEvent>("aws-lambda-go/kinesis-event.json");
  ASSERT_EQ(event.records.size(), 2U);
  EXPECT_EQ(event.records[0].data, "Hello World");
  EXPECT_EQ(event.records[0].partition_key, "s1");
  EXPECT_EQ(event.records[0].approximate_arrival, at(1480641523477));
  EXPECT_EQ(event.records[1].sequence_number, "49568167373333333334444444444444444444444444444444444444");
  EXPECT_EQ(read<KinesisEvent>("aws-lambda-go/kinesis-time-window-event.json").records.at(0).data,
            "Hello, this is a test.");
  EXPECT_EQ(read<KinesisEvent>("aws_lambda_events/example-kinesis-event-encrypted.json")
                .records.at(0)
                .encryption_type,
            "KMS");
  EXPECT_EQ(problem_of<KinesisEvent>(R"({"Records":[{"kinesis":{"sequenceNumber":"1","data":"A"}}]})"),
            "Records[0].kinesis.data: wrong padding at byte 0");
  EXPECT_EQ(problem_of<KinesisEvent>(
                R"({"Records":[{"kinesis":{"sequenceNumber":"1","approximateArrivalTimestamp":1e300}}]})"),
            "Records[0].kinesis.approximateArrivalTimestamp: out of range");
}

TEST(EventBridgeEvent, IsRead) {
  const auto event = read<EventBridgeEvent>("aws_lambda_events/example-eventbridge-event-obj.json");
  EXPECT_EQ(event.id, "7bf73129-1428-4cd3-a780-95db273d1602");
  EXPECT_EQ(event.source, "aws.ec2");
  EXPECT_EQ(event.detail_type, "EC2 Instance State-change Notification");
  EXPECT_EQ(event.account, "123456789012");
  EXPECT_EQ(event.region, "us-east-1");
  EXPECT_EQ(event.time, parse_event_time("2021-11-11T21:29:54Z"));
  EXPECT_EQ(event.resources,
            (std::vector<std::string>{"arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"}));
  EXPECT_EQ(json::parse(event.detail).at("state"), "pending");
  EXPECT_EQ(problem_of<EventBridgeEvent>(R"({"source":"s"})"), "detail-type: missing");
  EXPECT_EQ(problem_of<EventBridgeEvent>(R"({"source":"s","detail-type":"t","resources":["a",1]})"),
            "resources[1]: expected a string, found a number");
}

TEST(ScheduledEvent, IsRead) {
  const auto event = read<ScheduledEvent>("aws_lambda_events/example-eventbridge-schedule.json");
  EXPECT_EQ(event.id, "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa");
  EXPECT_EQ(event.source, "aws.events");
  EXPECT_EQ(event.time, parse_event_time("2015-10-08T16:53:06Z"));
  EXPECT_EQ(event.resources.at(0), "arn:aws:events:us-east-1:123456789012:rule/my-scheduled-rule");
  const auto* scheduler = R"({"source":"aws.scheduler","detail-type":"Scheduled Event","detail":"{}"})";
  EXPECT_EQ(Codec<ScheduledEvent>::decode(scheduler, {}).source, "aws.scheduler");
  EXPECT_EQ(Codec<EventBridgeEvent>::decode(scheduler, {}).detail, "{}");
  EXPECT_EQ(problem_of<ScheduledEvent>(sample("aws_lambda_events/example-eventbridge-event-obj.json")),
            "detail-type: expected Scheduled Event, found EC2 Instance State-change Notification");
}

struct Person {
  std::string name;
  int age = 0;
};
void from_json(const json& from, Person& person) {
  from.at("Name").get_to(person.name);
  from.at("Age").get_to(person.age);
}

TEST(DynamoDbEvent, IsRead) {
  const auto event = read<DynamoDbEvent>("aws-lambda-go/dynamodb-event.json");
  ASSERT_EQ(event.records.size(), 2U);
  const auto& first = event.records[0];
  EXPECT_EQ(first.event_name, "INSERT");
  EXPECT_EQ(first.principal_id, "dynamodb.amazonaws.com");
  EXPECT_EQ(first.sequence_number, "1405400000000002063282832");
  EXPECT_EQ(first.stream_view_type, "NEW_AND_OLD_IMAGES");
  EXPECT_EQ(first.approximate_creation, at(1480642020000));
  EXPECT_EQ(first.size_bytes, 54);
  EXPECT_EQ(*first.keys.at("val").as<std::string>(), "data");
  EXPECT_TRUE(first.old_image.empty());

  const auto& item = event.records[1].new_image;
  EXPECT_EQ(item.at("Binary").as<BinaryValue>()->bytes, std::string("\0\1*A", 4));
  EXPECT_EQ(*item.at("Boolean").as<bool>(), true);
  EXPECT_EQ(item.at("BinarySet").as<std::vector<BinaryValue>>()->size(), 2U);
  EXPECT_EQ(*item.at("List").as<std::vector<AttributeValue>>()->at(2).as<NumberText>(),
            NumberText{"3.14159"});
  EXPECT_EQ(*item.at("Map").as<AttributeMap>()->at("Name").as<std::string>(), "Joe");
  EXPECT_NE(item.at("Null").as<std::monostate>(), nullptr);
  EXPECT_EQ(*item.at("NumberSet").as<std::vector<NumberText>>(),
            (std::vector<NumberText>{{"1234"}, {"567.8"}}));
  EXPECT_EQ(*item.at("StringSet").as<std::vector<std::string>>(),
            (std::vector<std::string>{"Giraffe", "Zebra"}));
  EXPECT_TRUE(item.at("EmptyStringSet").as<std::vector<std::string>>()->empty());
  EXPECT_EQ(item.at("String").as<bool>(), nullptr);

  EXPECT_EQ(to_plain_json(item), json::parse(R"({
    "val": "data", "asdf1": "AAEqQQ==", "b2": "test", "asdf2": ["AAEqQQ==", "QSoBAA==", "AAEqQQ=="], "key": "binary",
    "Binary": "AAEqQQ==", "Boolean": true, "BinarySet": ["AAEqQQ==", "AAEqQQ=="],
    "List": ["Cookies", "Coffee", 3.14159], "Map": {"Name": "Joe", "Age": 35}, "FloatNumber": 123.45,
    "IntegerNumber": 123, "NumberSet": [1234, 567.8], "Null": null, "String": "Hello",
    "StringSet": ["Giraffe", "Zebra"], "EmptyStringSet": []})"));
  const auto person = to_plain_json(item.at("Map")).get<Person>();
  EXPECT_EQ(person.name, "Joe");
  EXPECT_EQ(person.age, 35);
}

TEST(DynamoDbEvent, ImagesMayBeAbsent) {
  const auto event = read<DynamoDbEvent>("aws_lambda_events/example-dynamodb-event-null-items.json");
  EXPECT_TRUE(event.records.at(0).keys.empty());
  EXPECT_TRUE(event.records[0].new_image.empty());
}

std::string with_image(const std::string& image) {
  return R"({"Records":[{"dynamodb":{"SequenceNumber":"1","NewImage":)" + image + "}}]}";
}

TEST(DynamoDbEvent, WrongValuesAreNamed) {
  EXPECT_EQ(problem_of<DynamoDbEvent>(with_image(R"({"a":{"S":7}})")),
            "Records[0].dynamodb.NewImage.a.S: expected a string, found a number");
  EXPECT_EQ(problem_of<DynamoDbEvent>(with_image(R"({"a":{"L":[{"S":"x"},{"BOOL":"no"}]}})")),
            "Records[0].dynamodb.NewImage.a.L[1].BOOL: expected a boolean, found a string");
  EXPECT_EQ(problem_of<DynamoDbEvent>(with_image(R"({"a":{"X":1}})")),
            "Records[0].dynamodb.NewImage.a.X: no type of DynamoDB's");
  EXPECT_EQ(problem_of<DynamoDbEvent>(with_image(R"({"a":{"S":"x","N":"1"}})")),
            "Records[0].dynamodb.NewImage.a: expected one type tag and its value");
  EXPECT_EQ(problem_of<DynamoDbEvent>(with_image("[]")),
            "Records[0].dynamodb.NewImage: expected an object, found an array");
}

TEST(DynamoDbEvent, DeepNestingIsRefusedBeforeItCostsTheStack) {
  const auto nested = [](int depth) {
    std::string value;
    for (int i = 0; i < depth; ++i) value += R"({"L":[)";
    value += R"({"NULL":true})";
    for (int i = 0; i < depth; ++i) value += "]}";
    return with_image("{\"a\":" + value + "}");
  };
  EXPECT_EQ(problem_of<DynamoDbEvent>(nested(32)), "");
  EXPECT_TRUE(problem_of<DynamoDbEvent>(nested(100'000)).ends_with("nested too deeply"));
}

TEST(DynamoDbEvent, NumbersKeepWhatFits) {
  const auto plain = [](const char* text) { return to_plain_json(AttributeValue{NumberText{text}}); };
  EXPECT_EQ(plain("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(plain("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(plain("-7"), -7);
  EXPECT_EQ(plain("1E+2"), 100.0);
  EXPECT_EQ(plain("12345678901234567890123456789012345678"), 1.2345678901234568e37);
  EXPECT_EQ(plain("many"), "many");
}

TEST(Events, WorkAsMembersOfJsonToo) {
  EXPECT_EQ(json::parse(sample("aws-lambda-go/sqs-event.json")).get<SqsEvent>().records.size(), 1U);
}

}  // namespace
}  // namespace lmi
