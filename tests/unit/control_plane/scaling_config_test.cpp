#include "fixture.hpp"

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

constexpr const char* scaling_path =
    "/2025-11-30/functions/f/function-scaling-config?Qualifier=%24LATEST.PUBLISHED";

class Scaling : public ControlPlaneTest {
 protected:
  Answer put(const json& scaling) {
    return send("PUT", scaling_path,
                scaling.is_null() ? json::object() : json{{"FunctionScalingConfig", scaling}});
  }
  json applied() { return send("GET", scaling_path).body.at("AppliedFunctionScalingConfig"); }
};

TEST_F(Scaling, Call34_StartsWithThreeEnvironments) {
  create_published_function();

  const Answer answer = send("GET", scaling_path);

  ASSERT_EQ(answer.status, 200U) << answer.text;
  EXPECT_EQ(answer.body.at("FunctionArn"),
            "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST.PUBLISHED");
  EXPECT_EQ(answer.body.at("AppliedFunctionScalingConfig"), (json{{"MinExecutionEnvironments", 3}}));
  EXPECT_FALSE(answer.body.contains("RequestedFunctionScalingConfig"));
}

TEST_F(Scaling, Call35_IsRequestedThenApplied) {
  create_published_function();

  const Answer answer = put({{"MinExecutionEnvironments", 1}, {"MaxExecutionEnvironments", 4}});

  ASSERT_EQ(answer.status, 202U) << answer.text;
  EXPECT_EQ(answer.body, (json{{"FunctionState", "Active"}}));
  const json wanted = {{"MinExecutionEnvironments", 1}, {"MaxExecutionEnvironments", 4}};
  EXPECT_EQ(send("GET", scaling_path).body.at("RequestedFunctionScalingConfig"), wanted);
  settle();
  EXPECT_EQ(applied(), wanted);
  EXPECT_FALSE(send("GET", scaling_path).body.contains("RequestedFunctionScalingConfig"));
  ASSERT_EQ(host_->scaled.size(), 1U);
  EXPECT_EQ(host_->scaled[0].min, 1U);
  EXPECT_EQ(host_->scaled[0].max, 4U);
}

TEST_F(Scaling, Call36_NeedsZeroOfBoth) {
  create_published_function();

  EXPECT_EQ(put({{"MinExecutionEnvironments", 0}, {"MaxExecutionEnvironments", 5}}).error(),
            "InvalidParameterValueException");
  EXPECT_EQ(put({{"MinExecutionEnvironments", 5}, {"MaxExecutionEnvironments", 4}}).error(),
            "InvalidParameterValueException");
  EXPECT_TRUE(host_->scaled.empty());
}

TEST_F(Scaling, Call36_DeactivatesWithZeroAndZero) {
  create_published_function();

  EXPECT_EQ(put({{"MinExecutionEnvironments", 0}, {"MaxExecutionEnvironments", 0}}).body.at("FunctionState"),
            "Deactivating");
  host_->tell({published_key, VersionState::deactivated, {}, {}});

  EXPECT_EQ(configuration("%24LATEST.PUBLISHED").at("State"), "Deactivated");
  const Answer refused = send("POST", "/2015-03-31/functions/f/invocations");
  EXPECT_EQ(refused.status, 409U);
  EXPECT_EQ(
      refused.message(),
      "The operation cannot be performed at this time. The function is currently in the following state: "
      "Deactivated");
  EXPECT_EQ(put({{"MinExecutionEnvironments", 2}}).body.at("FunctionState"), "Pending");
  host_->tell_active(published_key);
  EXPECT_EQ(configuration("%24LATEST.PUBLISHED").at("State"), "Active");
}

TEST_F(Scaling, WithoutAConfigGoesBackToTheDefaults) {
  create_published_function();
  put({{"MinExecutionEnvironments", 1}, {"MaxExecutionEnvironments", 4}});

  EXPECT_EQ(put(nullptr).status, 202U);
  settle();

  EXPECT_EQ(applied(), (json{{"MinExecutionEnvironments", 3}}));
}

TEST_F(Scaling, IsKeptWhenLatestPublishedIsReplaced) {
  create_published_function();
  put({{"MinExecutionEnvironments", 1}, {"MaxExecutionEnvironments", 4}});
  settle();
  send("PUT", "/2015-03-31/functions/f/configuration", {{"MemorySize", 4096}});
  settle();

  EXPECT_EQ(send("POST", "/2015-03-31/functions/f/versions", {{"PublishTo", "LATEST_PUBLISHED"}}).status,
            201U);

  EXPECT_EQ(host_->deployed.back().min_environments, 1U);
  EXPECT_EQ(host_->deployed.back().max_environments, 4U);
}

TEST_F(Scaling, OfAVersionThatIsNotSettledConflicts) {
  create_provider();
  create_function();
  settle();
  send("POST", "/2015-03-31/functions/f/versions", {{"PublishTo", "LATEST_PUBLISHED"}});

  EXPECT_EQ(put({{"MinExecutionEnvironments", 1}}).status, 409U);
}

TEST_F(Scaling, IsOfPublishedVersionsOnly) {
  create_published_function();

  const Answer latest = send("GET", "/2025-11-30/functions/f/function-scaling-config?Qualifier=%24LATEST");
  EXPECT_EQ(latest.error(), "ValidationException");
  EXPECT_EQ(
      latest.message(),
      "1 validation error detected: Value '$LATEST' at 'qualifier' failed to satisfy constraint: Member must "
      "satisfy regular expression pattern: (\\$LATEST\\.PUBLISHED|[0-9]+)");
  EXPECT_EQ(send("GET", "/2025-11-30/functions/f/function-scaling-config?Qualifier=7").status, 404U);
}

}  // namespace
}  // namespace lmi::emulator::control_plane
