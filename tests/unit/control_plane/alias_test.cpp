#include "fixture.hpp"

#include <map>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

const std::string aliases_path = "/2015-03-31/functions/f/aliases";
const std::string function_arn = "arn:aws:lambda:us-east-1:000000000000:function:f";

class Aliases : public ControlPlaneTest {
 protected:
  /// Versions 1 to `count`, active.
  void create_versions(int count) {
    create_provider();
    ASSERT_EQ(create_function().status, 201U);
    settle();
    for (int number = 1; number <= count; ++number) {
      publish("code " + std::to_string(number));
      host_->tell_active({"f", std::to_string(number)});
    }
    flush();
  }
  void publish(const std::string& content) {
    ASSERT_EQ(send("PUT", "/2015-03-31/functions/f/code", {{"ZipFile", package(content)}}).status, 200U);
    settle();
    ASSERT_EQ(send("POST", "/2015-03-31/functions/f/versions", json::object()).status, 201U);
  }
  Answer create(const std::string& name, const std::string& version, const json& changes = json::object()) {
    json request = {{"Name", name}, {"FunctionVersion", version}};
    request.merge_patch(changes);
    return send("POST", aliases_path, request);
  }
  static json weights(const json& given) {
    return {{"RoutingConfig", {{"AdditionalVersionWeights", given}}}};
  }
  void expect_refused(const Answer& answer, const std::string& code, const std::string& message) {
    EXPECT_EQ(answer.error(), code) << answer.text;
    EXPECT_EQ(answer.message(), message);
  }
  /// Whom `count` calls through the alias reach.
  std::map<std::string, int> calls_through(const std::string& alias, int count) {
    std::map<std::string, int> reached;
    for (int i = 0; i < count; ++i) {
      start("POST", "/2015-03-31/functions/f/invocations?Qualifier=" + alias, "{}");
      loop_.run_until([this] { return !host_->calls.empty(); });
      ++reached[host_->calls.front().key.qualifier];
      last_arn_ = host_->calls.front().call.invoked_arn;
      host_->calls.pop_front();
    }
    return reached;
  }

  std::string last_arn_;
};

TEST_F(Aliases, LiveFromCreationToDeletion) {
  create_versions(2);

  const Answer created = create("live", "1", {{"Description", "what people use"}});
  ASSERT_EQ(created.status, 201U) << created.text;
  EXPECT_EQ(created.body.at("AliasArn"), function_arn + ":live");
  EXPECT_EQ(created.body.at("FunctionVersion"), "1");
  EXPECT_EQ(created.body.at("Description"), "what people use");
  EXPECT_FALSE(created.body.contains("RoutingConfig"));
  EXPECT_EQ(send("GET", aliases_path + "/live").body, created.body);

  const Answer updated = send("PUT", aliases_path + "/live",
                              {{"FunctionVersion", "2"}, {"RevisionId", created.body.at("RevisionId")}});
  ASSERT_EQ(updated.status, 200U) << updated.text;
  EXPECT_EQ(updated.body.at("FunctionVersion"), "2");
  EXPECT_EQ(updated.body.at("Description"), "what people use");
  EXPECT_NE(updated.body.at("RevisionId"), created.body.at("RevisionId"));

  EXPECT_EQ(send("DELETE", aliases_path + "/live").status, 204U);
  expect_refused(send("GET", aliases_path + "/live"), "ResourceNotFoundException",
                 "Cannot find alias arn: " + function_arn + ":live");
  EXPECT_EQ(send("DELETE", aliases_path + "/live").status, 204U) << "deleting again is no error";
}

TEST_F(Aliases, AreRefusedAsRecorded) {
  create_versions(2);
  const std::string invalid = "InvalidParameterValueException";
  ASSERT_EQ(create("custom", "1").status, 201U);

  expect_refused(create("custom", "1"), "ResourceConflictException",
                 "Alias already exists: " + function_arn + ":custom");
  expect_refused(create("a", "10"), "ResourceNotFoundException",
                 "Function not found: " + function_arn + ":10");
  expect_refused(
      send("POST", "/2015-03-31/functions/unknown/aliases", {{"Name", "a"}, {"FunctionVersion", "1"}}),
      "ResourceNotFoundException",
      "Function not found: arn:aws:lambda:us-east-1:000000000000:function:unknown:1");
  expect_refused(send("PUT", aliases_path + "/non-existent", {{"Description", ""}}),
                 "ResourceNotFoundException", "Alias not found: " + function_arn + ":non-existent");
  expect_refused(create("a", "1", weights({{"1", 0.5}, {"2", 0.5}})), invalid,
                 "Number of items in AdditionalVersionWeights cannot be greater than 1");
  expect_refused(
      create("a", "1", weights({{"1", 0.5}})), invalid,
      "Invalid function version 1. Function version 1 is already included in routing configuration.");
  const Answer latest = create("a", "$LATEST", weights({{"1", 0.5}}));
  expect_refused(latest, invalid, "$LATEST is not supported for an alias pointing to more than 1 version");
  EXPECT_FALSE(latest.body.contains("Type")) << "as recorded";
  expect_refused(
      create("2024", "1"), "ValidationException",
      "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must "
      "satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)");
  expect_refused(
      create("a", "1", weights({{"$LATEST", 0.5}})), "ValidationException",
      "1 validation error detected: Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights' failed "
      "to "
      "satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to "
      "1024, Member must have length greater than or equal to 1, Member must satisfy regular expression "
      "pattern: [0-9]+]");
  expect_refused(
      create("a", "1", weights({{"2", -1.0}})), "ValidationException",
      "1 validation error detected: Value '{2=-1.0}' at 'routingConfig.additionalVersionWeights' failed to "
      "satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to "
      "1.0, Member must have value greater than or equal to 0.0, Member must not be null]");
}

TEST_F(Aliases, RefuseAnUpdateOfAnOlderRevision) {
  create_versions(1);
  create("live", "1");

  const Answer answer = send("PUT", aliases_path + "/live", {{"Description", "x"}, {"RevisionId", "old"}});

  EXPECT_EQ(answer.status, 412U);
  expect_refused(
      answer, "PreconditionFailedException",
      "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias "
      "API to retrieve the latest Revision Id");
}

TEST_F(Aliases, KeepTwoVersionsApartWhenUpdated) {
  create_versions(2);
  ASSERT_EQ(create("live", "1", weights({{"2", 0.1}})).status, 201U);

  expect_refused(
      send("PUT", aliases_path + "/live", {{"FunctionVersion", "2"}}), "InvalidParameterValueException",
      "Invalid function version 2. Function version 2 is already included in routing configuration.");
  const Answer cleared =
      send("PUT", aliases_path + "/live", {{"FunctionVersion", "2"}, {"RoutingConfig", json::object()}});
  ASSERT_EQ(cleared.status, 200U) << cleared.text;
  EXPECT_FALSE(cleared.body.contains("RoutingConfig"));
}

TEST_F(Aliases, AreListedByNameInPagesAndByVersion) {
  create_versions(2);
  for (const char* name : {"c", "a", "b"}) create(name, "1");
  create("both", "1", weights({{"2", 0.5}}));

  const Answer first = send("GET", aliases_path + "?MaxItems=2");
  ASSERT_EQ(first.body.at("Aliases").size(), 2U);
  EXPECT_EQ(first.body.at("Aliases")[0].at("Name"), "a");
  const Answer second =
      send("GET", aliases_path + "?MaxItems=2&Marker=" + first.body.at("NextMarker").get<std::string>());
  ASSERT_EQ(second.body.at("Aliases").size(), 2U);
  EXPECT_EQ(second.body.at("Aliases")[1].at("Name"), "c");
  EXPECT_FALSE(second.body.contains("NextMarker"));

  const json of_two = send("GET", aliases_path + "?FunctionVersion=2").body.at("Aliases");
  ASSERT_EQ(of_two.size(), 1U);
  EXPECT_EQ(of_two[0].at("RoutingConfig"), weights({{"2", 0.5}}).at("RoutingConfig"));
}

TEST_F(Aliases, QualifyReads) {
  create_versions(1);
  create("live", "1");

  const json view = configuration("live");
  EXPECT_EQ(view.at("FunctionArn"), function_arn + ":live");
  EXPECT_EQ(view.at("Version"), "1");
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f%3Alive").body.at("Configuration"), view);
  expect_refused(send("GET", "/2015-03-31/functions/f?Qualifier=nope"), "ResourceNotFoundException",
                 "Function not found: " + function_arn + ":nope");
}

TEST_F(Aliases, Call33_AWeightedAliasSendsItsShareToTheSecondVersion) {
  create_versions(2);
  ASSERT_EQ(create("live", "1", weights({{"2", 0.1}})).status, 201U);

  const auto reached = calls_through("live", 1000);

  EXPECT_EQ(reached.at("1") + reached.at("2"), 1000);
  EXPECT_GT(reached.at("2"), 60) << "the draws come from a fixed seed";
  EXPECT_LT(reached.at("2"), 140);
  EXPECT_EQ(last_arn_, function_arn + ":live");
}

TEST_F(Aliases, WeightsZeroAndOneLeaveNoChoice) {
  create_versions(2);
  create("never", "1", weights({{"2", 0.0}}));
  create("always", "1", weights({{"2", 1.0}}));

  EXPECT_EQ(calls_through("never", 50), (std::map<std::string, int>{{"1", 50}}));
  EXPECT_EQ(calls_through("always", 50), (std::map<std::string, int>{{"2", 50}}));
}

TEST_F(Aliases, ShowTheVersionThatRan) {
  create_versions(1);
  create("live", "1");

  const auto answer = start("POST", "/2015-03-31/functions/f/invocations?Qualifier=live", "{}");
  loop_.run_until([this] { return !host_->calls.empty(); });
  host_->calls.front().done({});

  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ((*answer)->header("X-Amz-Executed-Version"), "1");
}

TEST_F(Aliases, OfLatestPublishedNeedItAndRunIt) {
  create_versions(0);
  expect_refused(create("live", "$LATEST.PUBLISHED"), "ResourceNotFoundException",
                 "Function not found: " + function_arn + ":$LATEST.PUBLISHED");
  send("POST", "/2015-03-31/functions/f/versions", {{"PublishTo", "LATEST_PUBLISHED"}});
  host_->tell_active(published_key);
  ASSERT_EQ(create("live", "$LATEST.PUBLISHED").status, 201U);

  EXPECT_EQ(calls_through("live", 1), (std::map<std::string, int>{{"$LATEST.PUBLISHED", 1}}));
}

TEST_F(Aliases, OfLatestAreKeptButNotInvocableOnManagedInstances) {
  create_published_function();
  ASSERT_EQ(create("newest", "$LATEST").status, 201U);

  expect_refused(send("POST", "/2015-03-31/functions/f/invocations?Qualifier=newest"),
                 "InvalidParameterValueException",
                 "Functions configured with capacity provider configuration can't be invoked with $LATEST "
                 "qualifier. To invoke this function, specify a published version qualifier or "
                 "$LATEST.PUBLISHED.");
}

TEST_F(Aliases, HoldTheirVersions) {
  create_versions(2);
  create("live", "1", weights({{"2", 0.5}}));

  EXPECT_EQ(send("DELETE", "/2015-03-31/functions/f?Qualifier=1").error(), "ResourceConflictException");
  EXPECT_EQ(send("DELETE", "/2015-03-31/functions/f?Qualifier=2").error(), "ResourceConflictException");
  send("DELETE", aliases_path + "/live");
  EXPECT_EQ(send("DELETE", "/2015-03-31/functions/f?Qualifier=1").status, 202U);
  EXPECT_EQ(create("late", "1").error(), "ResourceNotFoundException") << "it is being deleted";
}

TEST_F(Aliases, SurviveARestart) {
  create_versions(2);
  const Answer created = create("live", "1", weights({{"2", 0.25}}));

  restart();

  EXPECT_EQ(send("GET", aliases_path + "/live").body, created.body);
}

TEST_F(Aliases, DoNotComeBackWithAFunctionThatIsBeingDeleted) {
  create_versions(1);
  create("live", "1");
  ASSERT_EQ(send("DELETE", "/2015-03-31/functions/f").status, 202U);

  for (const auto& answer :
       {create("other", "1"), send("PUT", aliases_path + "/live", {{"Description", "x"}}),
        send("DELETE", aliases_path + "/live")}) {
    EXPECT_EQ(answer.error(), "ResourceConflictException") << answer.text;
  }
  restart();
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f").status, 404U);
}

}  // namespace
}  // namespace lmi::emulator::control_plane
