#include "fixture.hpp"

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

constexpr const char* versions_path = "/2015-03-31/functions/f/versions";

class Publish : public ControlPlaneTest {
 protected:
  void create() {
    create_provider();
    ASSERT_EQ(create_function().status, 201U);
    settle();
  }
  Answer publish_latest() { return send("POST", versions_path, {{"PublishTo", "LATEST_PUBLISHED"}}); }
  Answer publish_number() { return send("POST", versions_path, json::object()); }
  void change_code(const std::string& content) {
    ASSERT_EQ(send("PUT", "/2015-03-31/functions/f/code", {{"ZipFile", package(content)}}).status, 200U);
    settle();
  }
};

TEST_F(Publish, WaitsUntilTheFunctionIsCreated) {
  create_provider();
  create_function();

  EXPECT_EQ(
      publish_latest().message(),
      "The operation cannot be performed at this time. The function is currently in the following state: "
      "Pending");
}

TEST_F(Publish, Call21_LatestPublishedStartsAndBecomesActive) {
  create();

  const Answer answer = publish_latest();

  ASSERT_EQ(answer.status, 201U) << answer.text;
  EXPECT_EQ(answer.body.at("Version"), "$LATEST.PUBLISHED");
  EXPECT_EQ(answer.body.at("FunctionArn"),
            "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST.PUBLISHED");
  EXPECT_EQ(answer.body.at("State"), "Active");
  EXPECT_EQ(answer.body.at("LastUpdateStatus"), "InProgress");
  EXPECT_EQ(answer.body.at("LastUpdateStatusReasonCode"), "Updating");
  EXPECT_FALSE(answer.body.contains("StateReasonCode"));
  const json starting = configuration("%24LATEST.PUBLISHED");
  EXPECT_EQ(starting.at("State"), "Pending") << "a waiter waits for what can be invoked";
  EXPECT_EQ(starting.at("LastUpdateStatus"), "InProgress");
  ASSERT_EQ(host_->deployed.size(), 1U);
  const VersionDeployment& deployed = host_->deployed[0];
  EXPECT_EQ(deployed.key, published_key);
  EXPECT_EQ(deployed.provider, "cp1");
  EXPECT_EQ(deployed.max_concurrency, 8U);
  EXPECT_EQ(deployed.min_environments, 3U);
  EXPECT_EQ(deployed.log_group, "/aws/lambda/f");
  host_->tell_active(published_key);
  const json active = configuration("%24LATEST.PUBLISHED");
  EXPECT_EQ(active.at("State"), "Active");
  EXPECT_EQ(active.at("LastUpdateStatus"), "Successful");
  EXPECT_FALSE(active.contains("LastUpdateStatusReasonCode"));
  EXPECT_EQ(configuration().at("State"), "ActiveNonInvocable");
}

TEST_F(Publish, Call23_NumbersVersionsFromOne) {
  create();

  const Answer first = publish_number();
  change_code("changed");
  const Answer second = publish_number();

  EXPECT_EQ(first.body.at("Version"), "1");
  EXPECT_EQ(first.body.at("State"), "Pending");
  EXPECT_EQ(first.body.at("StateReasonCode"), "Creating");
  EXPECT_EQ(second.body.at("Version"), "2");
  host_->tell_active({"f", "1"});
  EXPECT_EQ(configuration("1").at("State"), "Active");
  EXPECT_EQ(configuration("2").at("State"), "Pending");
}

TEST_F(Publish, AgainWithoutAChangeGivesTheSameVersion) {
  create();
  publish_number();
  publish_latest();
  host_->tell_active(published_key);

  EXPECT_EQ(publish_number().body.at("Version"), "1");
  EXPECT_EQ(publish_latest().body.at("Version"), "$LATEST.PUBLISHED");
  EXPECT_EQ(host_->deployed.size(), 2U);
}

TEST_F(Publish, AnotherDescriptionOfLatestIsAChangeAndOneOfTheVersionIsNot) {  // recorded
  const auto describe = [this](const char* text) {
    send("PUT", "/2015-03-31/functions/f/configuration", {{"Description", text}});
    settle();
  };
  const auto publish_as = [this](const char* text) {
    return send("POST", "/2015-03-31/functions/f/versions", {{"Description", text}}).body;
  };
  create();
  describe("first");
  EXPECT_EQ(publish_as("first of the version").at("Description"), "first of the version");
  EXPECT_EQ(publish_number().body.at("Version"), "1");

  describe("second");
  EXPECT_EQ(publish_number().body.at("Version"), "2");
  const json third = publish_as("third of the version");
  EXPECT_EQ(third.at("Version"), "2");
  EXPECT_EQ(third.at("Description"), "second");

  restart();
  EXPECT_EQ(publish_as("after a restart").at("Version"), "2");
}

TEST_F(Publish, NeverUsesANumberTwice) {
  create();
  publish_number();
  host_->tell_active({"f", "1"});
  EXPECT_EQ(send("DELETE", "/2015-03-31/functions/f?Qualifier=1").status, 202U);
  host_->tell({{"f", "1"}, VersionState::retired, {}, {}});
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f?Qualifier=1").status, 404U);

  EXPECT_EQ(publish_number().body.at("Version"), "2");
}

TEST_F(Publish, KeepsServingWhileLatestPublishedIsReplaced) {
  create();
  publish_latest();
  host_->tell_active(published_key);
  change_code("new");

  const Answer answer = publish_latest();

  EXPECT_EQ(answer.body.at("State"), "Active");
  EXPECT_EQ(answer.body.at("LastUpdateStatus"), "InProgress");
  EXPECT_EQ(answer.body.at("LastUpdateStatusReasonCode"), "Updating");
  EXPECT_EQ(answer.body.at("LastUpdateStatusReason"), "The function is being updated.");
  ASSERT_EQ(host_->deployed.size(), 2U);
  EXPECT_NE(host_->deployed[0].task_root, host_->deployed[1].task_root);
  EXPECT_TRUE(std::filesystem::exists(host_->deployed[0].task_root)) << "it still serves";
  host_->tell_active(published_key);
  EXPECT_EQ(configuration("%24LATEST.PUBLISHED").at("LastUpdateStatus"), "Successful");
}

TEST_F(Publish, ThatFailsLeavesTheFormerLatestPublished) {
  create();
  publish_latest();
  host_->tell_active(published_key);
  change_code("broken");
  publish_latest();

  host_->tell({published_key, VersionState::failed, "FunctionError.RuntimeInitError", "it exited"});

  const json view = configuration("%24LATEST.PUBLISHED");
  EXPECT_EQ(view.at("State"), "Active");
  EXPECT_EQ(view.at("LastUpdateStatus"), "Failed");
  EXPECT_EQ(view.at("LastUpdateStatusReasonCode"), "FunctionError.RuntimeInitError");
}

TEST_F(Publish, ThatFailedStaysFailedThroughADeactivationAndARestart) {
  create_published_function();
  const auto scale = [this](unsigned min, unsigned max) {
    return send("PUT", "/2025-11-30/functions/f/function-scaling-config?Qualifier=%24LATEST.PUBLISHED",
                {{"FunctionScalingConfig",
                  {{"MinExecutionEnvironments", min}, {"MaxExecutionEnvironments", max}}}})
        .status;
  };
  const std::string good = host_->deployed.back().task_root;
  ASSERT_EQ(send("PUT", "/2015-03-31/functions/f/code",
                 {{"ZipFile", package("broken")}, {"PublishTo", "LATEST_PUBLISHED"}})
                .status,
            200U);
  ASSERT_NE(host_->deployed.back().task_root, good);
  host_->tell({published_key, VersionState::failed, "FunctionError.RuntimeInitError", "it exited"});
  flush();
  ASSERT_EQ(scale(0, 0), 202U);
  host_->tell({published_key, VersionState::deactivated, {}, {}});
  settle();
  json version = configuration("%24LATEST.PUBLISHED");
  EXPECT_EQ(version["State"], "Deactivated");
  EXPECT_EQ(version["LastUpdateStatus"], "Failed");
  ASSERT_EQ(scale(1, 2), 202U);
  host_->tell_active(published_key);
  settle();
  version = configuration("%24LATEST.PUBLISHED");
  EXPECT_EQ(version["State"], "Active");
  EXPECT_EQ(version["LastUpdateStatus"], "Failed");
  EXPECT_EQ(version["LastUpdateStatusReasonCode"], "FunctionError.RuntimeInitError");

  restart();
  ASSERT_EQ(host_->deployed.size(), 1U);
  EXPECT_EQ(host_->deployed.back().task_root, good);
  host_->tell_active(published_key);
  EXPECT_EQ(configuration("%24LATEST.PUBLISHED")["State"], "Active");
}

TEST_F(Publish, ThatFailsTheFirstTimeFailsTheVersion) {
  create();
  publish_number();

  host_->tell({{"f", "1"}, VersionState::failed, "InsufficientCapacity", "no room"});

  const json view = configuration("1");
  EXPECT_EQ(view.at("State"), "Failed");
  EXPECT_EQ(view.at("StateReasonCode"), "InsufficientCapacity");
  EXPECT_EQ(view.at("StateReason"), "no room");
}

TEST_F(Publish, OnCreationAnswersWithTheUnqualifiedArn) {
  create_provider();

  const Answer answer = create_function({{"Publish", true}});

  ASSERT_EQ(answer.status, 201U) << answer.text;
  EXPECT_EQ(answer.body.at("Version"), "1");
  EXPECT_EQ(answer.body.at("FunctionArn"), "arn:aws:lambda:us-east-1:000000000000:function:f");
  EXPECT_EQ(answer.body.at("State"), "Pending");
  EXPECT_FALSE(answer.body.contains("LastUpdateStatus"));
  ASSERT_EQ(host_->deployed.size(), 1U);
  EXPECT_EQ(host_->deployed[0].key, (VersionKey{"f", "1"}));
}

TEST_F(Publish, RefusesAnotherCodeThanTheOneNamed) {
  create();
  const std::string current = configuration().at("CodeSha256");

  EXPECT_EQ(send("POST", versions_path, {{"CodeSha256", "other"}}).message(),
            "CodeSHA256 (other) is different from current CodeSHA256 in $LATEST (" + current +
                "). Please try again with the CodeSHA256 in $LATEST.");
  EXPECT_EQ(send("POST", versions_path, {{"CodeSha256", current}}).status, 201U);
}

TEST_F(Publish, ListsVersionsInOrder) {
  create();
  for (int i = 0; i < 3; ++i) {
    change_code("code " + std::to_string(i));
    publish_number();
  }
  publish_latest();

  const Answer answer = send("GET", versions_path);

  std::vector<std::string> listed;
  for (const json& version : answer.body.at("Versions")) listed.push_back(version.at("Version"));
  EXPECT_EQ(listed, (std::vector<std::string>{"$LATEST", "1", "2", "3", "$LATEST.PUBLISHED"}));
}

}  // namespace
}  // namespace lmi::emulator::control_plane
