#include "fixture.hpp"

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

class CapacityProviders : public ControlPlaneTest {
 protected:
  Answer get(const std::string& name) { return send("GET", std::string{providers_path} + "/" + name); }
};

TEST_F(CapacityProviders, Call01_CreateAnswersPendingWithDefaults) {
  const Answer answer = send("POST", providers_path, provider_request());

  ASSERT_EQ(answer.status, 202U);
  const json& provider = answer.body.at("CapacityProvider");
  EXPECT_EQ(provider.at("CapacityProviderArn"),
            "arn:aws:lambda:us-east-1:000000000000:capacity-provider:cp1");
  EXPECT_EQ(provider.at("State"), "Pending");
  EXPECT_EQ(provider.at("InstanceRequirements"), (json{{"Architectures", {"x86_64"}}}));
  EXPECT_EQ(provider.at("CapacityProviderScalingConfig"),
            (json{{"MaxVCpuCount", 400}, {"ScalingMode", "Auto"}}));
  EXPECT_EQ(provider.at("VpcConfig").at("SubnetIds"), (json{"subnet-a", "subnet-b"}));
  EXPECT_EQ(provider.at("LastModified"), "2025-11-25T21:37:02.007+0000");
  EXPECT_EQ(host_->providers.at("cp1").subnet_ids, (std::vector<std::string>{"subnet-a", "subnet-b"}));
}

TEST_F(CapacityProviders, Call02_BecomeActiveAndAreFoundByNameAndArn) {
  create_provider();

  const Answer by_name = get("cp1");
  const Answer by_arn = get("arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Acapacity-provider%3Acp1");

  EXPECT_EQ(by_name.body.at("CapacityProvider").at("State"), "Active");
  EXPECT_EQ(by_arn.body, by_name.body);
}

TEST_F(CapacityProviders, Call03_TakeEachNameOnce) {
  create_provider();

  const Answer answer = send("POST", providers_path, provider_request());

  EXPECT_EQ(answer.status, 409U);
  EXPECT_EQ(answer.error(), "ResourceConflictException");
  EXPECT_EQ(answer.body.at("Type"), "User");
}

TEST_F(CapacityProviders, Call05_RefuseAPolicyInAutoMode) {
  json request = provider_request();
  request["CapacityProviderScalingConfig"] = {
      {"ScalingMode", "Auto"},
      {"ScalingPolicies",
       {{{"PredefinedMetricType", "LambdaCapacityProviderAverageCPUUtilization"}, {"TargetValue", 70}}}}};

  const Answer answer = send("POST", providers_path, request);

  EXPECT_EQ(answer.status, 400U);
  EXPECT_EQ(answer.error(), "InvalidParameterValueException");
  EXPECT_EQ(answer.message(), "A scaling policy can't be specified when the scalingMode is set to Auto");
  EXPECT_TRUE(host_->providers.empty());
}

TEST_F(CapacityProviders, RefuseBothListsOfInstanceTypes) {
  json request = provider_request();
  request["InstanceRequirements"] = {{"AllowedInstanceTypes", {"m7i.*"}},
                                     {"ExcludedInstanceTypes", {"c7i.*"}}};

  EXPECT_EQ(send("POST", providers_path, request).error(), "InvalidParameterValueException");
}

TEST_F(CapacityProviders, Call07_ThatAreUnknownAreNotFound) {
  const Answer answer = get("nope");

  EXPECT_EQ(answer.status, 404U);
  EXPECT_EQ(answer.error(), "ResourceNotFoundException");
  EXPECT_EQ(answer.body.at("Message"),
            "Capacity provider not found: arn:aws:lambda:us-east-1:000000000000:capacity-provider:nope");
}

TEST_F(CapacityProviders, Call08_AreListedInPages) {
  create_provider("cp1");
  create_provider("cp2");

  const Answer first = send("GET", std::string{providers_path} + "?State=Active&MaxItems=1");
  ASSERT_EQ(first.body.at("CapacityProviders").size(), 1U);
  const Answer second = send("GET", std::string{providers_path} + "?State=Active&MaxItems=1&Marker=" +
                                        first.body.at("NextMarker").get<std::string>());

  ASSERT_EQ(second.body.at("CapacityProviders").size(), 1U);
  EXPECT_FALSE(second.body.contains("NextMarker"));
  EXPECT_NE(first.body.at("CapacityProviders")[0], second.body.at("CapacityProviders")[0]);
  EXPECT_TRUE(
      send("GET", std::string{providers_path} + "?State=Failed").body.at("CapacityProviders").empty());
}

TEST_F(CapacityProviders, Call09_UpdateChangesScalingOnly) {
  create_provider();

  const Answer answer = send("PUT", std::string{providers_path} + "/cp1",
                             {{"CapacityProviderScalingConfig",
                               {{"MaxVCpuCount", 30},
                                {"ScalingMode", "Manual"},
                                {"ScalingPolicies",
                                 {{{"PredefinedMetricType", "LambdaCapacityProviderAverageCPUUtilization"},
                                   {"TargetValue", 70.0}}}}}}});

  ASSERT_EQ(answer.status, 202U);
  const json& provider = answer.body.at("CapacityProvider");
  EXPECT_EQ(provider.at("CapacityProviderScalingConfig").at("MaxVCpuCount"), 30);
  EXPECT_EQ(provider.at("CapacityProviderScalingConfig").at("ScalingPolicies")[0].at("TargetValue"), 70.0);
  EXPECT_EQ(provider.at("VpcConfig").at("SubnetIds").size(), 2U);
  EXPECT_EQ(host_->providers.at("cp1").max_vcpus, 30U);
}

TEST_F(CapacityProviders, DeletedOnesAreReadableForAMoment) {
  create_provider();

  const Answer answer = send("DELETE", std::string{providers_path} + "/cp1");

  EXPECT_EQ(answer.status, 202U);
  EXPECT_EQ(answer.body.at("CapacityProvider").at("State"), "Deleting");
  EXPECT_EQ(get("cp1").body.at("CapacityProvider").at("State"), "Deleting");
  settle();
  EXPECT_EQ(get("cp1").status, 404U);
  EXPECT_TRUE(host_->providers.empty());
}

TEST_F(CapacityProviders, Call39_InUseAreNotDeleted) {
  create_published_function();

  const Answer answer = send("DELETE", std::string{providers_path} + "/cp1");

  EXPECT_EQ(answer.status, 409U);
  EXPECT_EQ(answer.message(),
            "The capacity provider is currently in use by 1 functions. To delete this capacity provider, "
            "first remove "
            "its association with arn:aws:lambda:us-east-1:000000000000:capacity-provider:cp1.");

  EXPECT_EQ(send("DELETE", "/2015-03-31/functions/f").status, 202U);
  host_->tell({published_key, VersionState::retired, {}, {}});
  settle();
  EXPECT_EQ(send("DELETE", std::string{providers_path} + "/cp1").status, 202U);
  settle();
  EXPECT_EQ(get("cp1").status, 404U);
}

TEST_F(CapacityProviders, ThatGoTakeNoFunction) {
  create_provider("cp1");
  ASSERT_EQ(send("DELETE", "/2025-11-30/capacity-providers/cp1").status, 202U);
  const Answer refused = create_function();
  EXPECT_EQ(refused.status, 409U) << refused.text;
  EXPECT_EQ(
      refused.message(),
      "Capacity provider is being deleted: arn:aws:lambda:us-east-1:000000000000:capacity-provider:cp1");
  settle();
  EXPECT_EQ(create_function().status, 404U);
}

TEST_F(CapacityProviders, ThatWentWhileAPackageWasUnpackedTakeNoFunction) {
  create_provider("cp1");
  const auto creation = start("POST", functions_path, function_request().dump());
  const auto deletion = start("DELETE", "/2025-11-30/capacity-providers/cp1", "");
  loop_.run_until([&] { return creation->has_value() && deletion->has_value(); });
  EXPECT_EQ((*deletion)->status, 202U) << (*deletion)->text;
  EXPECT_EQ((*creation)->status, 409U) << (*creation)->text;
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f").status, 404U);
}

TEST_F(CapacityProviders, ThatGoTakeNoFunctionOfAnother) {
  create_provider("cp1");
  create_provider("cp2");
  ASSERT_EQ(create_function().status, 201U);
  settle();
  ASSERT_EQ(send("DELETE", "/2025-11-30/capacity-providers/cp2").status, 202U);
  const json to_second = {
      {"CapacityProviderConfig",
       {{"LambdaManagedInstancesCapacityProviderConfig",
         {{"CapacityProviderArn", "arn:aws:lambda:us-east-1:000000000000:capacity-provider:cp2"}}}}}};
  EXPECT_EQ(send("PUT", "/2015-03-31/functions/f/configuration", to_second).status, 409U);
  EXPECT_EQ(send("PUT", "/2015-03-31/functions/f/configuration", {{"Timeout", 9}}).status, 200U);
}

TEST_F(CapacityProviders, ATargetOfNothingIsTheLeastAFleetCanKeep) {
  json request = provider_request("cp1");
  request["CapacityProviderScalingConfig"] = {
      {"ScalingMode", "Manual"},
      {"ScalingPolicies",
       {{{"PredefinedMetricType", "LambdaCapacityProviderAverageCPUUtilization"}, {"TargetValue", 0.0}}}}};
  ASSERT_EQ(send("POST", providers_path, request).status, 202U);
  EXPECT_EQ(host_->providers.at("cp1").cpu_target_percent, 1.0);
}

TEST_F(CapacityProviders, ANameIsTakenInEveryRegionAndTheConflictSaysWhere) {
  create_provider("cp1");
  ASSERT_EQ(create_function().status, 201U);
  const auto from_ireland = [this](const char* path, const json& body) {
    http::Headers headers{{"Host", "127.0.0.1:9400"},
                          {"Authorization",
                           "AWS4-HMAC-SHA256 Credential=AKID/20251125/eu-west-1/lambda/aws4_request, "
                           "SignedHeaders=host;x-amz-date, Signature=00"}};
    return send_head({"POST", path, std::move(headers)}, body.dump());
  };
  const Answer provider = from_ireland(providers_path, provider_request());
  EXPECT_EQ(provider.status, 409U);
  EXPECT_EQ(provider.message(),
            "Capacity provider already exists: arn:aws:lambda:us-east-1:000000000000:capacity-provider:cp1. "
            "Here a name is unique over all Regions.");
  const Answer function =
      from_ireland(functions_path, function_request({{"CapacityProviderConfig", nullptr}}));
  EXPECT_EQ(function.status, 409U);
  EXPECT_EQ(function.message(),
            "Function already exist: f in us-east-1. Here a name is unique over all Regions.");
}

TEST_F(CapacityProviders, Call38_ListTheVersionsOnThem) {
  create_published_function();
  ASSERT_EQ(send("POST", "/2015-03-31/functions/f/versions", json::object()).status, 201U);

  const Answer answer = send("GET", std::string{providers_path} + "/cp1/function-versions");

  ASSERT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.body.at("CapacityProviderArn"),
            "arn:aws:lambda:us-east-1:000000000000:capacity-provider:cp1");
  const std::string arn = "arn:aws:lambda:us-east-1:000000000000:function:f:";
  EXPECT_EQ(answer.body.at("FunctionVersions"),
            (json{{{"FunctionArn", arn + "$LATEST.PUBLISHED"}, {"State", "Active"}},
                  {{"FunctionArn", arn + "1"}, {"State", "Pending"}}}));
}

TEST_F(CapacityProviders, OfAnotherRegionAreNotSeen) {
  create_provider();
  http::Head head{"GET", std::string{providers_path} + "/cp1", {{"Host", "localhost"}}};
  head.headers.add(
      "Authorization",
      "AWS4-HMAC-SHA256 Credential=A/20251125/eu-west-1/lambda/aws4_request, SignedHeaders=host");

  const Answer answer = send_head(head, "");

  EXPECT_EQ(answer.status, 404U);
  EXPECT_NE(answer.message().find("arn:aws:lambda:eu-west-1:"), std::string::npos);
}

TEST_F(CapacityProviders, TheHostIsToldWhereItsLogGoesAndFromWhichLevelOn) {
  create_provider("cp1");
  EXPECT_EQ(host_->providers.at("cp1").log_group, "/aws/lambda/capacity-provider/cp1");
  EXPECT_EQ(host_->providers.at("cp1").log_level, "INFO");
  EXPECT_EQ(host_->providers.at("cp1").arn, "arn:aws:lambda:us-east-1:000000000000:capacity-provider:cp1");

  send("PUT", std::string{providers_path} + "/cp1",
       {{"TelemetryConfig", {{"LoggingConfig", {{"LogGroup", "mine"}, {"SystemLogLevel", "WARN"}}}}}});
  EXPECT_EQ(host_->providers.at("cp1").log_group, "mine");
  EXPECT_EQ(host_->providers.at("cp1").log_level, "WARN");
  restart();
  EXPECT_EQ(host_->providers.at("cp1").log_group, "mine");
}

}  // namespace
}  // namespace lmi::emulator::control_plane
