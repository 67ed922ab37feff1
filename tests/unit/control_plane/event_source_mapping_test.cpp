#include "fixture.hpp"

#include <gmock/gmock.h>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* path = "/2015-03-31/event-source-mappings";
constexpr const char* queue = "arn:aws:sqs:us-east-1:000000000000:q";
constexpr const char* stream = "arn:aws:kinesis:us-east-1:000000000000:stream/s";

json request(const json& changes = json::object()) {
  json body = {{"FunctionName", "f"}, {"EventSourceArn", queue}};
  body.merge_patch(changes);
  return body;
}

class EventSourceMappingTest : public ControlPlaneTest {
 protected:
  EventSourceMappingTest() { create_published_function(); }

  std::string created(const json& changes = json::object()) {
    const Answer answer = send("POST", path, request(changes));
    EXPECT_EQ(answer.status, 202U) << answer.text;
    settle();
    return answer.body.value("UUID", "");
  }
  std::string state(const std::string& uuid) { return send("GET", at(uuid)).body.value("State", ""); }
  static std::string at(const std::string& uuid) { return std::string{path} + "/" + uuid; }
  std::shared_ptr<test::FakeClient::Request> next(const std::string& operation) {
    auto taken = client_.take();
    EXPECT_TRUE(taken) << "no " << operation;
    if (!taken) throw std::runtime_error{"no request"};
    EXPECT_EQ(taken->operation(), operation);
    return taken;
  }
};

TEST_F(EventSourceMappingTest, IsCreatedWithDefaultsAndBecomesEnabled) {
  const Answer answer = send("POST", path, request());
  EXPECT_EQ(answer.status, 202U);
  const std::string uuid = answer.body["UUID"];
  EXPECT_EQ(
      answer.body,
      (json{{"UUID", uuid},
            {"EventSourceMappingArn", "arn:aws:lambda:us-east-1:000000000000:event-source-mapping:" + uuid},
            {"EventSourceArn", queue},
            {"FunctionArn", "arn:aws:lambda:us-east-1:000000000000:function:f"},
            {"BatchSize", 10},
            {"MaximumBatchingWindowInSeconds", 0},
            {"FunctionResponseTypes", json::array()},
            {"State", "Creating"},
            {"StateTransitionReason", "USER_INITIATED"},
            {"LastModified", 1764106622.007}}));
  settle();
  EXPECT_EQ(state(uuid), "Enabled");
}

TEST_F(EventSourceMappingTest, NullWhereAStructureOrAnEndpointBelongsIsRefused) {
  for (const json& changes :
       {json{{"FilterCriteria", {{"Filters", {nullptr}}}}},
        json{{"SelfManagedEventSource", {{"Endpoints", {{"KAFKA_BOOTSTRAP_SERVERS", {nullptr}}}}}},
             {"Topics", {"topic"}}}}) {
    json body = request();
    if (changes.contains("Topics")) body.erase("EventSourceArn");
    body.update(changes);
    const Answer answer = send("POST", path, body);
    EXPECT_EQ(answer.status, 400U) << answer.text;
    EXPECT_EQ(answer.error(), "ValidationException") << answer.text;
  }
  created();
}

TEST_F(EventSourceMappingTest, NeedsAVersionOrAliasThatExists) {
  for (const char* name : {"f:nope", "f:7"}) {
    const Answer answer = send("POST", path, request({{"FunctionName", name}}));
    EXPECT_EQ(answer.status, 400U) << answer.text;
    EXPECT_EQ(answer.message(), "Function does not exist");
  }
  const std::string uuid = created({{"FunctionName", "f:$LATEST.PUBLISHED"}});
  EXPECT_EQ(send("PUT", at(uuid), {{"FunctionName", "f:nope"}}).status, 400U);
  ASSERT_EQ(send("DELETE", "/2015-03-31/functions/f").status, 202U);
  EXPECT_EQ(send("POST", path, request()).error(), "ResourceConflictException");
}

TEST_F(EventSourceMappingTest, PassesThroughItsStates) {
  const std::string uuid = created({{"Enabled", false}});
  EXPECT_EQ(state(uuid), "Disabled");
  EXPECT_EQ(send("PUT", at(uuid), {{"Enabled", true}}).body["State"], "Enabling");
  const Answer busy = send("PUT", at(uuid), {{"BatchSize", 5}});
  EXPECT_EQ(busy.status, 400U);
  EXPECT_EQ(busy.error(), "ResourceInUseException");
  EXPECT_EQ(busy.message(), "Cannot update the event source mapping because it is in use.");
  settle();
  EXPECT_EQ(state(uuid), "Enabled");
  EXPECT_EQ(send("PUT", at(uuid), {{"BatchSize", 5}}).body["State"], "Updating");
  settle();
  EXPECT_EQ(send("GET", at(uuid)).body["BatchSize"], 5);
  EXPECT_EQ(send("PUT", at(uuid), {{"Enabled", false}}).body["State"], "Disabling");
  settle();
  EXPECT_EQ(state(uuid), "Disabled");
  EXPECT_EQ(send("DELETE", at(uuid)).body["State"], "Deleting");
  EXPECT_EQ(state(uuid), "Deleting");
  settle();
  const Answer gone = send("GET", at(uuid));
  EXPECT_EQ(gone.status, 404U);
  EXPECT_EQ(gone.message(), "The resource you requested does not exist.");
}

TEST_F(EventSourceMappingTest, SurvivesARestart) {
  const std::string uuid = created({{"BatchSize", 3}});
  const json before = send("GET", at(uuid)).body;
  client_.requests.clear();
  restart();
  EXPECT_EQ(send("GET", at(uuid)).body, before);
  next("GetQueueUrl");  // and polls again
  send("DELETE", at(uuid));
  flush();
  restart();
  EXPECT_EQ(send("GET", at(uuid)).status, 404U);
}

TEST_F(EventSourceMappingTest, AreListedByFunctionAndSource) {
  const std::string one = created();
  created({{"EventSourceArn", stream}, {"StartingPosition", "LATEST"}});
  EXPECT_EQ(send("GET", path).body["EventSourceMappings"].size(), 2U);
  EXPECT_EQ(send("GET", std::string{path} + "?FunctionName=other").body["EventSourceMappings"].size(), 0U);
  EXPECT_EQ(send("GET", std::string{path} + "?FunctionName=f&MaxItems=1").body["EventSourceMappings"].size(),
            1U);
  const Answer by_source = send("GET", std::string{path} + "?EventSourceArn=" + queue);
  ASSERT_EQ(by_source.body["EventSourceMappings"].size(), 1U);
  EXPECT_EQ(by_source.body["EventSourceMappings"][0]["UUID"], one);
}

TEST_F(EventSourceMappingTest, AQueueIsPolledAndItsMessagesReachTheFunction) {
  created();
  next("GetQueueUrl")->answer({{"QueueUrl", "http://sqs/q"}});
  next("ReceiveMessage")
      ->answer({{"Messages", {{{"MessageId", "m"}, {"ReceiptHandle", "h"}, {"Body", "hello"}}}}});
  ASSERT_EQ(host_->calls.size(), 1U);
  const FakeHost::Invoked invoked = std::move(host_->calls.front());
  EXPECT_EQ(invoked.key, published_key);
  EXPECT_EQ(json::parse(invoked.call.payload)["Records"][0]["body"], "hello");
  next("ReceiveMessage");
  InvokeReply reply;
  reply.body = "null";
  invoked.done(reply);
  EXPECT_EQ(next("DeleteMessageBatch")->body()["Entries"][0]["ReceiptHandle"], "h");
}

TEST_F(EventSourceMappingTest, DisablingWaitsForTheBatchUnderWay) {
  const std::string uuid = created();
  next("GetQueueUrl")->answer({{"QueueUrl", "http://sqs/q"}});
  next("ReceiveMessage")
      ->answer({{"Messages", {{{"MessageId", "m"}, {"ReceiptHandle", "h"}, {"Body", "hello"}}}}});
  send("PUT", at(uuid), {{"Enabled", false}});
  settle();
  EXPECT_EQ(state(uuid), "Disabling");
  EXPECT_FALSE(client_.take());
  host_->calls.front().done(InvokeReply{});
  next("DeleteMessageBatch")->answer(json::object());
  settle();
  EXPECT_EQ(state(uuid), "Disabled");
}

TEST_F(EventSourceMappingTest, ASourceThatIsNotPolledIsNamedInTheLog) {
  created({{"EventSourceArn", stream}, {"StartingPosition", "LATEST"}});
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_THAT(warnings_[0], HasSubstr("mapping.not_polled"));
  EXPECT_THAT(warnings_[0], HasSubstr(stream));
}

TEST_F(EventSourceMappingTest, RefusesWithTheTextsOfAws) {
  struct Case {
    json body;
    const char* message;
  };
  const json nothing = nullptr;  // removes the member from the request
  const std::vector<Case> cases = {
      {{{"EventSourceArn", nothing}}, "Unrecognized event source."},
      {{{"FunctionName", "doesnotexist"}}, "Function does not exist"},
      {{{"BatchSize", 11}},
       "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"},
      {{{"DestinationConfig", {{"OnFailure", {{"Destination", queue}}}}}},
       "Unsupported DestinationConfig parameter for given event source mapping type."},
      {{{"FilterCriteria", {{"Filters", {{{"Pattern", "[]"}}}}}}}, "Invalid filter pattern definition."},
      {{{"EventSourceArn", stream}},
       "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member "
       "must "
       "not be null."},
      {{{"EventSourceArn", "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/s"},
        {"StartingPosition", "AT_TIMESTAMP"}},
       "Unsupported starting position for arn type: "
       "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/s"},
      {{{"EventSourceArn", nothing},
        {"StartingPosition", "LATEST"},
        {"SelfManagedEventSource", {{"Endpoints", {{"KAFKA_BOOTSTRAP_SERVERS", {"kafka:1000"}}}}}}},
       "Required 'sourceAccessConfigurations' parameter is missing."},
  };
  for (const Case& one : cases) {
    const Answer answer = send("POST", path, request(one.body));
    EXPECT_EQ(answer.status, 400U) << one.message;
    EXPECT_EQ(answer.error(), "InvalidParameterValueException");
    EXPECT_EQ(answer.message(), one.message);
  }
  const Answer position = send("POST", path, request({{"StartingPosition", "invalid"}}));
  EXPECT_EQ(
      position.message(),
      "1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy constraint: "
      "Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]");
}

TEST_F(EventSourceMappingTest, OneSourceFeedsAFunctionOnce) {
  const std::string uuid = created();
  const Answer again = send("POST", path, request());
  EXPECT_EQ(again.status, 409U);
  EXPECT_EQ(again.message(),
            "An event source mapping with SQS arn (\" " + std::string{queue} +
                " \") and function (\" f \") already exists. Please update or delete the existing "
                "mapping with UUID " +
                uuid);
}

TEST_F(EventSourceMappingTest, TwoSelfManagedSourcesDifferByTheirServers) {
  const auto kafka = [](const std::string& server) {
    return json{{"FunctionName", "f"},
                {"StartingPosition", "LATEST"},
                {"Topics", {"topic"}},
                {"SourceAccessConfigurations", json::array()},
                {"SelfManagedEventSource", {{"Endpoints", {{"KAFKA_BOOTSTRAP_SERVERS", {server}}}}}}};
  };
  const Answer first = send("POST", path, kafka("kafka:1000"));
  ASSERT_EQ(first.status, 202U) << first.text;
  EXPECT_EQ(send("POST", path, kafka("kafka:2000")).status, 202U);
  const Answer again = send("POST", path, kafka("kafka:1000"));
  EXPECT_EQ(again.status, 409U);
  EXPECT_EQ(
      again.message(),
      "An event source mapping with event source (\"kafka:1000\"), function "
      "(\"arn:aws:lambda:us-east-1:000000000000:function:f\"), topics (\"topic\") already exists. Please "
      "update or delete the existing mapping with UUID " +
          first.body["UUID"].get<std::string>());
}

}  // namespace
}  // namespace lmi::emulator::control_plane
