#include "fixture.hpp"

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

const std::string code_path = "/2015-03-31/functions/f/code";
const std::string configuration_path = "/2015-03-31/functions/f/configuration";

class Updates : public ControlPlaneTest {
 protected:
  void create_managed() {
    create_provider();
    ASSERT_EQ(create_function().status, 201U);
    settle();
  }
  void create_default() {
    ASSERT_EQ(create_function({{"CapacityProviderConfig", nullptr}}).status, 201U);
    settle();
  }
  /// Changes the configuration and gives what it is once it has settled.
  json changed(const json& changes) {
    const Answer answer = send("PUT", configuration_path, changes);
    EXPECT_EQ(answer.status, 200U) << answer.text;
    settle();
    return configuration();
  }
};

TEST_F(Updates, ADryRunShowsTheCodeAndChangesNothing) {
  create_managed();
  const json before = configuration();

  const Answer answer =
      send("PUT", code_path, {{"ZipFile", package("new")}, {"DryRun", true}, {"Publish", true}});

  ASSERT_EQ(answer.status, 200U) << answer.text;
  EXPECT_NE(answer.body.at("CodeSha256"), before.at("CodeSha256"));
  settle();
  EXPECT_EQ(configuration(), before);
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f/versions").body.at("Versions").size(), 1U);
}

TEST_F(Updates, NewCodeIsPublishedWhenAskedFor) {
  create_managed();

  const Answer numbered = send("PUT", code_path, {{"ZipFile", package("1")}, {"Publish", true}});
  EXPECT_EQ(numbered.body.at("Version"), "1") << numbered.text;
  EXPECT_EQ(numbered.body.at("FunctionArn"), "arn:aws:lambda:us-east-1:000000000000:function:f:1");
  settle();
  const Answer latest =
      send("PUT", code_path, {{"ZipFile", package("2")}, {"PublishTo", "LATEST_PUBLISHED"}});
  EXPECT_EQ(latest.body.at("Version"), "$LATEST.PUBLISHED");
  EXPECT_EQ(host_->deployed.size(), 2U);
}

TEST_F(Updates, NewCodeIsNotPublishedOverAVersionThatIsOnItsWay) {
  create_published_function();
  const auto publish = [this](const char* code) {
    return send("PUT", code_path, {{"ZipFile", package(code)}, {"PublishTo", "LATEST_PUBLISHED"}});
  };
  const std::string busy =
      "The operation cannot be performed at this time. An update is in progress for resource: "
      "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST.PUBLISHED";
  ASSERT_EQ(publish("1").status, 200U);
  settle();  // $LATEST only: the host has not said anything of the version
  const json before = configuration();
  Answer refused = publish("2");
  EXPECT_EQ(refused.status, 409U) << refused.text;
  EXPECT_EQ(refused.message(), busy);
  EXPECT_EQ(configuration(), before);

  host_->tell_active(published_key);
  flush();
  ASSERT_EQ(send("DELETE", "/2015-03-31/functions/f?Qualifier=%24LATEST.PUBLISHED").status, 202U);
  const auto deployed = host_->deployed.size();
  refused = publish("3");
  EXPECT_EQ(refused.status, 409U) << refused.text;
  EXPECT_EQ(refused.message(), busy);
  EXPECT_EQ(host_->deployed.size(), deployed);

  host_->tell({published_key, VersionState::retired, {}, {}});
  flush();
  EXPECT_EQ(publish("4").status, 200U);
  EXPECT_EQ(host_->deployed.size(), deployed + 1);
  // The new one is the host's, and is retired like any other.
  settle();
  ASSERT_EQ(send("DELETE", "/2015-03-31/functions/f").status, 202U);
  EXPECT_EQ(host_->retired.back(), published_key);
  EXPECT_EQ(host_->retired.size(), 2U);
}

TEST_F(Updates, OneThatIsUnpackedWhileTheVersionGoesIsRefusedToo) {
  create_published_function();
  const auto update =
      start("PUT", code_path, json{{"ZipFile", package("1")}, {"PublishTo", "LATEST_PUBLISHED"}}.dump());
  const auto deletion = start("DELETE", "/2015-03-31/functions/f?Qualifier=%24LATEST.PUBLISHED", "");
  loop_.run_until([&] { return update->has_value() && deletion->has_value(); });
  EXPECT_EQ((*deletion)->status, 202U);
  EXPECT_EQ((*update)->status, 409U) << (*update)->text;
}

TEST_F(Updates, ImagesAndNoCodeAtAllAreRefused) {
  create_managed();
  const Answer image =
      send("PUT", code_path, {{"ImageUri", "000000000000.dkr.ecr.us-east-1.amazonaws.com/i:1"}});
  EXPECT_EQ(image.error(), "InvalidParameterValueException");
  EXPECT_EQ(image.message(), "Please don't provide ImageUri when updating a function with packageType Zip.");
  EXPECT_EQ(send("PUT", code_path, json::object()).error(), "InvalidParameterValueException");
}

TEST_F(Updates, EveryMemberOfAManagedFunctionsConfigurationIsTaken) {
  create_managed();
  create_provider("cp2");
  const json wanted = {
      {"Role", "arn:aws:iam::000000000000:role/other"},
      {"Handler", "other"},
      {"Description", "changed"},
      {"Timeout", 20},
      {"MemorySize", 4096},
      {"Environment", {{"Variables", {{"NAME", "1"}}}}},
      {"Runtime", "python3.13"},
      {"DeadLetterConfig", {{"TargetArn", "arn:aws:sqs:us-east-1:000000000000:q"}}},
      {"KMSKeyArn", "arn:aws:kms:us-east-1:000000000000:key/k"},
      {"TracingConfig", {{"Mode", "Active"}}},
      {"EphemeralStorage", {{"Size", 1024}}},
      {"LoggingConfig", {{"LogFormat", "JSON"}, {"ApplicationLogLevel", "DEBUG"}, {"LogGroup", "/mine"}}},
      {"CapacityProviderConfig",
       {{"LambdaManagedInstancesCapacityProviderConfig",
         {{"CapacityProviderArn", "arn:aws:lambda:us-east-1:000000000000:capacity-provider:cp2"},
          {"PerExecutionEnvironmentMaxConcurrency", 20},
          {"ExecutionEnvironmentMemoryGiBPerVCpu", 4.0}}}}}};

  const json now = changed(wanted);

  for (const auto& [member, value] : wanted.items()) {
    if (member == "LoggingConfig") continue;
    EXPECT_EQ(now.at(member), value) << member;
  }
  EXPECT_EQ(now.at("LoggingConfig"), (json{{"LogFormat", "JSON"},
                                           {"ApplicationLogLevel", "DEBUG"},
                                           {"SystemLogLevel", "INFO"},
                                           {"LogGroup", "/mine"}}));
  restart();
  EXPECT_EQ(configuration().at("DeadLetterConfig"), wanted.at("DeadLetterConfig"));
}

TEST_F(Updates, WhatIsBlankTakesASettingAway) {
  create_default();
  json now = changed({{"DeadLetterConfig", {{"TargetArn", "arn:aws:sqs:us-east-1:000000000000:q"}}},
                      {"KMSKeyArn", "arn:aws:kms:us-east-1:000000000000:key/k"},
                      {"VpcConfig", {{"SubnetIds", {"subnet-1"}}, {"SecurityGroupIds", {"sg-1"}}}}});
  EXPECT_TRUE(now.contains("DeadLetterConfig") && now.contains("KMSKeyArn") && now.contains("VpcConfig"));

  now = changed({{"DeadLetterConfig", {{"TargetArn", ""}}},
                 {"KMSKeyArn", ""},
                 {"VpcConfig", {{"SubnetIds", json::array()}, {"SecurityGroupIds", json::array()}}},
                 {"Environment", json::object()}});

  for (const char* member : {"DeadLetterConfig", "KMSKeyArn", "VpcConfig"}) {
    EXPECT_FALSE(now.contains(member)) << member;
  }
  EXPECT_EQ(now.at("Environment"), (json{{"Variables", json::object()}}));
}

TEST_F(Updates, AnEmptyVpcConfigIsNoneForManagedFunctions) {
  create_managed();
  changed({{"VpcConfig", {{"SubnetIds", json::array()}, {"SecurityGroupIds", json::array()}}}});
  EXPECT_EQ(send("PUT", configuration_path, {{"VpcConfig", {{"SubnetIds", {"subnet-1"}}}}}).message(),
            "You can't use Lambda Managed Instance functions with VPC configurations.");
}

TEST_F(Updates, SettingsWithoutAnEffectHereAreRefused) {
  create_default();
  EXPECT_EQ(send("PUT", configuration_path, {{"SnapStart", {{"ApplyOn", "PublishedVersions"}}}}).status,
            501U);
  EXPECT_EQ(send("PUT", configuration_path, {{"SnapStart", {{"ApplyOn", "invalidOption"}}}}).message(),
            "1 validation error detected: Value 'invalidOption' at 'snapStart.applyOn' failed to satisfy "
            "constraint: Member must satisfy enum value set: [PublishedVersions, None]");
  EXPECT_EQ(send("PUT", configuration_path, {{"ImageConfig", {{"Command", {"x"}}}}}).error(),
            "InvalidParameterValueException");
  EXPECT_EQ(changed({{"SnapStart", {{"ApplyOn", "None"}}}}).at("SnapStart").at("ApplyOn"), "None");
}

TEST_F(Updates, SettlingMakesANewRevision) {
  create_managed();
  const json created = configuration().at("RevisionId");
  const Answer answer = send("PUT", configuration_path, {{"Timeout", 9}});
  EXPECT_NE(answer.body.at("RevisionId"), created);
  settle();
  EXPECT_NE(configuration().at("RevisionId"), answer.body.at("RevisionId"));
}

TEST_F(Updates, AFunctionDeletedBeforeItsUpdateSettledStaysDeleted) {
  create_managed();
  ASSERT_EQ(send("PUT", configuration_path, {{"Timeout", 9}}).status, 200U);
  ASSERT_EQ(send("DELETE", "/2015-03-31/functions/f").status, 202U);
  loop_.advance(std::chrono::milliseconds{300});
  flush();
  EXPECT_EQ(configuration().at("State"), "Deleting");
  restart();
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f").status, 404U);
}

TEST_F(Updates, TheKeyOfThePackageIsShownWithTheCode) {
  create_managed();
  const std::string key = "arn:aws:kms:us-east-1:000000000000:key/k";
  ASSERT_EQ(send("PUT", code_path, {{"ZipFile", package("new")}, {"SourceKMSKeyArn", key}}).status, 200U);
  restart();
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f").body.at("Code").at("SourceKMSKeyArn"), key);
}

TEST_F(Updates, ReplicasAtTheEdgeAreNone) {
  create_default();
  const std::string path = functions_path;
  EXPECT_EQ(send("GET", path + "?MasterRegion=us-east-1").error(), "InvalidParameterValueException");
  EXPECT_EQ(send("GET", path + "?MasterRegion=us-east-1&FunctionVersion=ALL").body,
            (json{{"Functions", json::array()}}));
  EXPECT_EQ(send("GET", path + "?MasterRegion=ALL&FunctionVersion=ALL").body.at("Functions").size(), 1U);
}

}  // namespace
}  // namespace lmi::emulator::control_plane
