#include "deploy.hpp"

#include "unit/cli/fake_lambda.hpp"
#include "unit/cli/temp_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace lmi::cli {
namespace {

using nlohmann::json;
using test::FakeLambda;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

const std::string provider = "/2025-11-30/capacity-providers/default";
const std::string function = "/2015-03-31/functions/greeter";
const std::string configuration = "GET " + function + "/configuration";
const std::string published = configuration + "?Qualifier=%24LATEST.PUBLISHED";
const std::string scaling =
    "/2025-11-30/functions/greeter/function-scaling-config?Qualifier=%24LATEST.PUBLISHED";
const std::string provider_arn = "arn:aws:lambda:us-east-1:000000000000:capacity-provider:default";

std::string provider_body(const std::string& state) {
  return json{{"CapacityProvider", {{"CapacityProviderArn", provider_arn}, {"State", state}}}}.dump();
}

std::string function_body(const std::string& state, const std::string& update = "",
                          const std::string& reason = "") {
  json body{{"FunctionArn", "arn:f:greeter"},
            {"Version", "$LATEST.PUBLISHED"},
            {"State", state},
            {"StateReason", reason},
            {"LastUpdateStatusReason", reason},
            {"MemorySize", 4096},
            {"CapacityProviderConfig",
             {{"LambdaManagedInstancesCapacityProviderConfig",
               {{"CapacityProviderArn", provider_arn},
                {"PerExecutionEnvironmentMaxConcurrency", 8},
                {"ExecutionEnvironmentMemoryGiBPerVCpu", 2.0}}}}}};
  if (!update.empty()) body["LastUpdateStatus"] = update;
  return body.dump();
}

class Deploy : public testing::Test {
 protected:
  Deploy() {
    options_.connection.endpoint = lambda_.url();
    options_.package = directory_.write("greeter", "#!/bin/sh\n", true);
    options_.memory_mb = 4096;
    options_.concurrency = 8;
    options_.variables = {{"TABLE", "orders"}};
    options_.wait = std::chrono::seconds{30};
  }

  void emulator() { lambda_.script("GET /_lmi/health", 200, "{}"); }
  void existing_provider() { lambda_.script("GET " + provider, 200, provider_body("Active")); }
  void publishes() {
    lambda_.script("POST " + function + "/versions", 201, function_body("Pending"));
    lambda_.script(published, 200, function_body("Pending"));
    lambda_.script(published, 200, function_body("Active", "Successful"));
  }
  /// The function is not there until it was created.
  void new_function() {
    lambda_.script(configuration, 404, "{}", "x-amzn-ErrorType: ResourceNotFoundException\r\n");
    lambda_.script(configuration, 200, function_body("Pending"));
    lambda_.script(configuration, 200, function_body("ActiveNonInvocable", "Successful"));
    lambda_.script("POST /2015-03-31/functions", 201, function_body("Pending"));
  }

  Result<void> run() {
    Result<void> result;
    output_ = test::captured_stdout([&] { result = deploy(options_); });
    return result;
  }

  FakeLambda lambda_;
  test::TempDirectory directory_;
  DeployOptions options_;
  std::string output_;
};

TEST_F(Deploy, CreatesPublishesAndWaitsUntilItIsActive) {
  emulator();
  existing_provider();
  new_function();
  publishes();

  const auto result = run();

  ASSERT_TRUE(result) << result.error().message;
  const auto body = json::parse(lambda_.last("POST /2015-03-31/functions")->body);
  EXPECT_EQ(body["FunctionName"], "greeter");
  EXPECT_EQ(body["Runtime"], "provided.al2023");
  EXPECT_EQ(body["MemorySize"], 4096);
  EXPECT_EQ(body["Environment"]["Variables"]["TABLE"], "orders");
  const auto& config = body["CapacityProviderConfig"]["LambdaManagedInstancesCapacityProviderConfig"];
  EXPECT_EQ(config["CapacityProviderArn"], provider_arn);
  EXPECT_EQ(config["PerExecutionEnvironmentMaxConcurrency"], 8);
  EXPECT_FALSE(body["Code"]["ZipFile"].get<std::string>().empty());
  EXPECT_EQ(json::parse(lambda_.last("POST " + function + "/versions")->body)["PublishTo"],
            "LATEST_PUBLISHED");
  EXPECT_THAT(output_, HasSubstr("arn:f:greeter"));
  EXPECT_THAT(output_, HasSubstr("8 slots"));
  EXPECT_THAT(output_, HasSubstr("lmi invoke greeter"));
}

TEST_F(Deploy, EveryRequestIsSigned) {
  emulator();
  existing_provider();
  new_function();
  publishes();
  ASSERT_TRUE(run());
  const auto request = *lambda_.last("POST /2015-03-31/functions");
  EXPECT_THAT(request.headers.at("authorization"), HasSubstr("AWS4-HMAC-SHA256 Credential="));
  EXPECT_THAT(request.headers.at("authorization"), HasSubstr("/us-east-1/lambda/aws4_request"));
}

TEST_F(Deploy, MakesAMissingCapacityProviderOnTheEmulator) {
  emulator();
  lambda_.script("GET " + provider, 404, "{}", "x-amzn-ErrorType: ResourceNotFoundException\r\n");
  lambda_.script("GET " + provider, 200, provider_body("Pending"));
  lambda_.script("GET " + provider, 200, provider_body("Active"));
  lambda_.script("POST /2025-11-30/capacity-providers", 202, provider_body("Pending"));
  new_function();
  publishes();

  ASSERT_TRUE(run());

  const auto body = json::parse(lambda_.last("POST /2025-11-30/capacity-providers")->body);
  EXPECT_EQ(body["CapacityProviderName"], "default");
  EXPECT_EQ(body["VpcConfig"]["SubnetIds"].size(), 3U);
}

TEST_F(Deploy, AProgramForOtherProcessorsThanTheProvidersIsRefusedBeforeTheUpload) {
  emulator();
  auto body = json::parse(provider_body("Active"));
  body["CapacityProvider"]["InstanceRequirements"]["Architectures"] = {"x86_64"};
  lambda_.script("GET " + provider, 200, body.dump());
  options_.architecture = "arm64";

  const auto result = run();

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message,
            "greeter is built for arm64, and capacity provider default has instances of x86_64");
  EXPECT_THAT(result.error().advice, HasSubstr("--provider NAME (the emulator gets one made)"));
  EXPECT_THAT(lambda_.calls(), Not(Contains(HasSubstr("POST"))));
}

TEST_F(Deploy, OnAwsAMissingProviderOrRoleIsTheUsersToMake) {
  auto result = run();  // no health endpoint: not the emulator
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().advice, HasSubstr("--role"));

  options_.role = "arn:aws:iam::123456789012:role/mine";
  result = run();
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().advice, HasSubstr("create-capacity-provider"));
  EXPECT_THAT(lambda_.calls(), Not(Contains(HasSubstr("POST"))));
}

TEST_F(Deploy, UpdatesAFunctionThatExists) {
  emulator();
  existing_provider();
  lambda_.script(configuration, 200, function_body("ActiveNonInvocable", "Successful"));
  lambda_.script(configuration, 200, function_body("ActiveNonInvocable", "InProgress"));
  lambda_.script(configuration, 200, function_body("ActiveNonInvocable", "Successful"));
  lambda_.script("PUT " + function + "/code", 200, function_body("ActiveNonInvocable", "InProgress"));
  lambda_.script("PUT " + function + "/configuration", 200,
                 function_body("ActiveNonInvocable", "InProgress"));
  publishes();

  ASSERT_TRUE(run());

  EXPECT_EQ(json::parse(lambda_.last("PUT " + function + "/configuration")->body)["MemorySize"], 4096);
  EXPECT_THAT(lambda_.calls(), Not(Contains("POST /2015-03-31/functions")));
}

TEST_F(Deploy, SaysSoWhenTheEndpointCannotUpdate) {
  emulator();
  existing_provider();
  lambda_.script(configuration, 200, function_body("ActiveNonInvocable", "Successful"));

  const auto result = run();

  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("cannot update"));
  EXPECT_THAT(result.error().advice, HasSubstr("delete-function"));
}

TEST_F(Deploy, WillNotTurnAStandardFunctionIntoAManagedOne) {
  emulator();
  existing_provider();
  lambda_.script(configuration, 200, R"({"FunctionArn":"arn","State":"Active"})");

  const auto result = run();

  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("without a capacity provider"));
}

TEST_F(Deploy, AFunctionThatDoesNotStartIsAFailureThatPointsToItsLogs) {
  emulator();
  existing_provider();
  new_function();
  lambda_.script("POST " + function + "/versions", 201, function_body("Pending"));
  lambda_.script(published, 200, function_body("Failed", "", "Runtime exited with error: exit status 127"));

  const auto result = run();

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().exit, ExitCode::failed);
  EXPECT_THAT(result.error().message, HasSubstr("exit status 127"));
  EXPECT_THAT(result.error().advice, HasSubstr("lmi logs greeter"));
}

TEST_F(Deploy, ScalesAndWaitsForThatManyReadyEnvironments) {
  emulator();
  existing_provider();
  new_function();
  publishes();
  options_.min_environments = 2;
  options_.max_environments = 4;
  const std::string bounds = R"({"MinExecutionEnvironments":2,"MaxExecutionEnvironments":4})";
  lambda_.script("PUT " + scaling, 202, "{}");
  lambda_.script("GET " + scaling, 200,
                 R"({"AppliedFunctionScalingConfig":{},"RequestedFunctionScalingConfig":)" + bounds + "}");
  lambda_.script("GET " + scaling, 200, R"({"AppliedFunctionScalingConfig":)" + bounds + "}");
  const std::string ready = R"({"functionName":"greeter","state":"ready"})";
  lambda_.script("GET /_lmi/environments", 200, R"({"environments":[)" + ready + "]}");
  lambda_.script("GET /_lmi/environments", 200, R"({"environments":[)" + ready + ',' + ready + "]}");

  ASSERT_TRUE(run());

  const auto body = json::parse(lambda_.last("PUT " + scaling)->body);
  EXPECT_EQ(body["FunctionScalingConfig"]["MinExecutionEnvironments"], 2);
  EXPECT_EQ(body["FunctionScalingConfig"]["MaxExecutionEnvironments"], 4);
}

TEST_F(Deploy, ABadNameIsAUsageErrorBeforeAnythingIsMade) {
  emulator();
  options_.name = "no good";
  const auto result = run();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().exit, ExitCode::usage);
  EXPECT_THAT(lambda_.calls(), Not(Contains(HasSubstr("POST"))));
}

TEST_F(Deploy, NobodyListeningIsExplained) {
  {
    const FakeLambda gone;
    options_.connection.endpoint = gone.url();
  }
  const auto result = run();
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("nothing answers at http://127.0.0.1:"));
  EXPECT_THAT(result.error().advice, HasSubstr("lmi up"));
}

TEST_F(Deploy, OutputForPrograms) {
  emulator();
  existing_provider();
  new_function();
  publishes();
  options_.connection.output = OutputFormat::json;
  ASSERT_TRUE(run());
  const auto printed = json::parse(output_);
  EXPECT_EQ(printed["functionArn"], "arn:f:greeter");
  EXPECT_EQ(printed["slots"], 8);
}

}  // namespace
}  // namespace lmi::cli
