#include "fixture.hpp"

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

constexpr const char* path = "/2019-09-25/functions/f/event-invoke-config";
constexpr const char* queue = "arn:aws:sqs:us-east-1:000000000000:q";

json on_failure(const std::string& arn) {
  return {{"DestinationConfig", {{"OnFailure", {{"Destination", arn}}}}}};
}

class EventInvokeConfig : public ControlPlaneTest {
 protected:
  EventInvokeConfig() {
    create_provider();
    create_function();
    settle();
  }
};

TEST_F(EventInvokeConfig, BringsNoFunctionBackThatIsBeingDeleted) {
  ASSERT_EQ(send("PUT", path, {{"MaximumRetryAttempts", 1}}).status, 200U);
  ASSERT_EQ(send("DELETE", "/2015-03-31/functions/f").status, 202U);
  for (const char* method : {"PUT", "POST"}) {
    EXPECT_EQ(send(method, path, {{"MaximumRetryAttempts", 2}}).status, 409U) << method;
  }
  EXPECT_EQ(send("DELETE", path).status, 409U);
  restart();
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f").status, 404U);
}

TEST_F(EventInvokeConfig, IsPutShownReplacedAndDeleted) {
  const Answer put = send("PUT", path, {{"MaximumRetryAttempts", 1}, {"MaximumEventAgeInSeconds", 60}});
  EXPECT_EQ(put.status, 200U);
  EXPECT_EQ(put.body,
            (json{{"FunctionArn", "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST"},
                  {"LastModified", 1764106622.007},
                  {"MaximumRetryAttempts", 1},
                  {"MaximumEventAgeInSeconds", 60},
                  {"DestinationConfig", {{"OnSuccess", json::object()}, {"OnFailure", json::object()}}}}));
  EXPECT_EQ(send("GET", path).body, put.body);
  restart();
  EXPECT_EQ(send("GET", path).body, put.body);

  const Answer replaced = send("PUT", path, on_failure(queue));
  EXPECT_FALSE(replaced.body.contains("MaximumRetryAttempts"));
  EXPECT_EQ(replaced.body["DestinationConfig"]["OnFailure"]["Destination"], queue);

  EXPECT_EQ(send("DELETE", path).status, 204U);
  EXPECT_EQ(send("GET", path).status, 404U);
}

TEST_F(EventInvokeConfig, UpdateChangesWhatItNames) {
  EXPECT_EQ(send("POST", path, {{"MaximumRetryAttempts", 0}}).status, 404U);
  send("PUT", path, {{"MaximumRetryAttempts", 1}, {"MaximumEventAgeInSeconds", 60}});
  const Answer updated = send("POST", path, {{"MaximumRetryAttempts", 0}});
  EXPECT_EQ(updated.status, 200U);
  EXPECT_EQ(updated.body["MaximumRetryAttempts"], 0);
  EXPECT_EQ(updated.body["MaximumEventAgeInSeconds"], 60);
}

TEST_F(EventInvokeConfig, EachQualifierHasItsOwn) {
  send("POST", "/2015-03-31/functions/f/versions", json::object());
  settle();
  EXPECT_EQ(send("PUT", path, {{"MaximumRetryAttempts", 1}}).status, 200U);
  const Answer other = send("GET", std::string{path} + "?Qualifier=1");
  EXPECT_EQ(other.status, 404U);
  EXPECT_EQ(
      other.message(),
      "The function arn:aws:lambda:us-east-1:000000000000:function:f:1 doesn't have an EventInvokeConfig");
  EXPECT_EQ(send("PUT", std::string{path} + "?Qualifier=1", {{"MaximumRetryAttempts", 2}}).status, 200U);
  const Answer list = send("GET", std::string{path} + "/list");
  ASSERT_EQ(list.body["FunctionEventInvokeConfigs"].size(), 2U);
  const Answer page = send("GET", std::string{path} + "/list?MaxItems=1");
  EXPECT_EQ(page.body["FunctionEventInvokeConfigs"].size(), 1U);
  EXPECT_TRUE(page.body.contains("NextMarker"));
}

TEST_F(EventInvokeConfig, RefusalsHaveTheRecordedTexts) {
  struct Case {
    const char* method;
    std::string target;
    json body;
    unsigned status;
    const char* message;
  };
  const std::string f = "arn:aws:lambda:us-east-1:000000000000:function:f";
  const std::vector<Case> cases = {
      {"PUT", path, json::object(), 400,
       "You must specify at least one of error handling or destination setting."},
      {"PUT",
       "/2019-09-25/functions/doesnotexist/event-invoke-config",
       {{"MaximumRetryAttempts", 0}},
       404,
       "The function doesn't exist."},
      {"PUT",
       std::string{path} + "?Qualifier=9",
       {{"MaximumRetryAttempts", 0}},
       404,
       "The function doesn't exist."},
      {"PUT", path, on_failure("arn:aws:lambda:us-east-1:000000000000:function:doesnotexist"), 400,
       "The destination ARN arn:aws:lambda:us-east-1:000000000000:function:doesnotexist is invalid."},
      {"PUT", path, on_failure(f), 400, "You can't specify the function as a destination for itself."},
      {"PUT",
       path,
       {{"DestinationConfig",
         {{"OnSuccess", {{"Destination", "arn:aws:iam:us-east-1:000000000000:function:f"}}}}}},
       400,
       "The provided destination config "
       "DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:iam:us-east-1:"
       "000000000000:function:f), onFailure=null) is invalid."},
      {"GET", "/2019-09-25/functions/doesnotexist/event-invoke-config", nullptr, 404,
       "The function arn:aws:lambda:us-east-1:000000000000:function:doesnotexist:$LATEST doesn't have an "
       "EventInvokeConfig"},
      {"DELETE", path, nullptr, 404,
       "The function arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST doesn't have an "
       "EventInvokeConfig"},
      {"GET", "/2019-09-25/functions/doesnotexist/event-invoke-config/list", nullptr, 404,
       "The function doesn't exist."},
  };
  for (const Case& one : cases) {
    const Answer answer = send(one.method, one.target, one.body);
    EXPECT_EQ(answer.status, one.status) << one.message;
    EXPECT_EQ(answer.message(), one.message);
  }
  EXPECT_EQ(send("PUT", path, {{"MaximumRetryAttempts", 3}}).error(), "ValidationException");
  EXPECT_EQ(send("PUT", path, {{"MaximumEventAgeInSeconds", 59}}).error(), "ValidationException");
}

}  // namespace
}  // namespace lmi::emulator::control_plane
