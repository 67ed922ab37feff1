#include "fixture.hpp"

#include <filesystem>
#include <iterator>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

class Functions : public ControlPlaneTest {
 protected:
  void expect_refused(const json& changes, const std::string& message,
                      const std::string& code = "InvalidParameterValueException") {
    const Answer answer = create_function(changes);
    EXPECT_EQ(answer.error(), code) << answer.text;
    EXPECT_EQ(answer.message(), message);
  }
  static json managed(const json& changes) {
    return {{"CapacityProviderConfig", {{"LambdaManagedInstancesCapacityProviderConfig", changes}}}};
  }
  std::size_t package_count() const {
    const auto code = directory_ / "state.db.d/code";
    std::error_code error;
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{code, error},
                                                  std::filesystem::directory_iterator{}));
  }
};

TEST_F(Functions, AreRefusedWhenTheirProviderGoesWhileTheirPackageIsUnpacked) {
  create_provider();
  const auto created = start("POST", functions_path, function_request().dump());

  EXPECT_EQ(send("DELETE", "/2025-11-30/capacity-providers/cp1").status, 202U);  // nothing is on it yet

  loop_.run_until([&created] { return created->has_value(); });
  EXPECT_EQ((*created)->status, 409U) << (*created)->text;
  EXPECT_EQ((*created)->message().rfind("Capacity provider is being deleted: ", 0), 0U) << (*created)->text;
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f").status, 404U);
}

TEST_F(Functions, Call13_CreateAnswersPendingWithTheDefaultsOfManagedInstances) {
  create_provider();

  const Answer answer = create_function();

  ASSERT_EQ(answer.status, 201U) << answer.text;
  EXPECT_EQ(answer.body.at("FunctionArn"), "arn:aws:lambda:us-east-1:000000000000:function:f");
  EXPECT_EQ(answer.body.at("Version"), "$LATEST");
  EXPECT_EQ(answer.body.at("State"), "Pending");
  EXPECT_EQ(answer.body.at("StateReasonCode"), "Creating");
  EXPECT_EQ(answer.body.at("StateReason"), "The function is being created.");
  EXPECT_FALSE(answer.body.contains("LastUpdateStatus"));
  EXPECT_FALSE(answer.body.contains("SnapStart"));
  EXPECT_EQ(answer.body.at("MemorySize"), 2048);
  EXPECT_EQ(answer.body.at("Timeout"), 3);
  EXPECT_EQ(answer.body.at("EphemeralStorage"), (json{{"Size", 512}}));
  EXPECT_EQ(answer.body.at("LoggingConfig"), (json{{"LogFormat", "JSON"},
                                                   {"ApplicationLogLevel", "INFO"},
                                                   {"SystemLogLevel", "INFO"},
                                                   {"LogGroup", "/aws/lambda/f"}}));
  const json& config =
      answer.body.at("CapacityProviderConfig").at("LambdaManagedInstancesCapacityProviderConfig");
  EXPECT_EQ(config.at("ExecutionEnvironmentMemoryGiBPerVCpu"), 2.0);
  EXPECT_EQ(config.at("PerExecutionEnvironmentMaxConcurrency"), 8);
  EXPECT_EQ(answer.body.at("CodeSha256").get<std::string>().size(), 44U);
  EXPECT_EQ(answer.body.at("ConfigSha256").get<std::string>().size(), 64U);
}

TEST_F(Functions, DefaultConcurrencyGrowsWithTheVcpus) {
  create_provider();

  const Answer answer = create_function({{"MemorySize", 8192}, {"Runtime", "python3.13"}});

  EXPECT_EQ(answer.body.at("CapacityProviderConfig")
                .at("LambdaManagedInstancesCapacityProviderConfig")
                .at("PerExecutionEnvironmentMaxConcurrency"),
            4 * 16);
}

TEST_F(Functions, Call14_LatestBecomesActiveNonInvocable) {
  create_provider();
  create_function();
  settle();

  const Answer answer = send("GET", "/2015-03-31/functions/f");

  EXPECT_EQ(answer.body.at("Configuration").at("State"), "ActiveNonInvocable");
  EXPECT_EQ(answer.body.at("Configuration").at("LastUpdateStatus"), "Successful");
  EXPECT_FALSE(answer.body.at("Configuration").contains("StateReason"));
  const std::string location = answer.body.at("Code").at("Location");
  ASSERT_EQ(location.rfind("file://", 0), 0U);
  EXPECT_TRUE(std::filesystem::exists(std::filesystem::path{location.substr(7)} / "bootstrap"));
}

TEST_F(Functions, Call15_NeedTheMemoryOfManagedInstances) {
  create_provider();
  expect_refused({{"MemorySize", 1024}},
                 "Lambda Managed Instance functions must have memory size greater than or equal to 2048");
}

TEST_F(Functions, NeedMemoryForWholeVcpus) {
  create_provider();
  EXPECT_EQ(create_function({{"MemorySize", 3072}}).error(), "InvalidParameterValueException");
  EXPECT_EQ(create_function(managed({{"ExecutionEnvironmentMemoryGiBPerVCpu", 4}})).error(),
            "InvalidParameterValueException");
}

TEST_F(Functions, TakeAtMost64InvocationsForEachVcpu) {
  create_provider();
  EXPECT_EQ(create_function(managed({{"PerExecutionEnvironmentMaxConcurrency", 65}})).error(),
            "InvalidParameterValueException");
  EXPECT_EQ(create_function(managed({{"PerExecutionEnvironmentMaxConcurrency", 64}})).status, 201U);
}

TEST_F(Functions, Call16_ExcludeVpcConfigurations) {
  create_provider();
  expect_refused({{"VpcConfig", {{"SubnetIds", {"subnet-1"}}, {"SecurityGroupIds", {"sg-1"}}}}},
                 "You can't use Lambda Managed Instance functions with VPC configurations.");
}

TEST_F(Functions, Call17_NeedARuntimeThatManagedInstancesHave) {
  create_provider();
  expect_refused({{"Runtime", "python3.12"}},
                 "Runtime Enum python3.12 does not support specified feature: Lambda Managed Instances");
}

TEST_F(Functions, RefuseAnUnknownRuntimeAsRecorded) {
  create_provider();
  const Answer answer = create_function({{"Runtime", "non-existent-runtime"}});
  EXPECT_EQ(answer.error(), "InvalidParameterValueException");
  EXPECT_EQ(answer.message().rfind(
                "Value non-existent-runtime at 'runtime' failed to satisfy constraint: Member must "
                "satisfy enum value set: [nodejs20.x, python3.14, provided.al2023,",
                0),
            0U)
      << answer.message();
}

TEST_F(Functions, Call19_NeedTheirCapacityProvider) {
  expect_refused(json::object(),
                 "Capacity provider not found: arn:aws:lambda:us-east-1:000000000000:capacity-provider:cp1",
                 "ResourceNotFoundException");
}

TEST_F(Functions, NeedTheArchitectureOfTheirCapacityProvider) {
  create_provider();
  EXPECT_EQ(create_function({{"Architectures", {"arm64"}}}).error(), "InvalidParameterValueException");
}

TEST_F(Functions, RefuseTextLogs) {
  create_provider();
  expect_refused(
      {{"LoggingConfig", {{"LogFormat", "Text"}}}},
      "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your request or "
      "change the LogFormat to \"JSON\" and try again.");
}

TEST_F(Functions, RefuseLongNamesAndLargeEnvironments) {
  create_provider();
  const std::string name(65, 'a');
  expect_refused({{"FunctionName", name}},
                 "1 validation error detected: Value '" + name +
                     "' at 'functionName' failed to satisfy constraint: Member must have "
                     "length less than or equal to 64");
  const json variables = {{"LARGE_VAR", std::string(4096, 'x')}};
  expect_refused(
      {{"Environment", {{"Variables", variables}}}},
      "Lambda was unable to configure your environment variables because the environment variables you "
      "have provided exceeded the 4KB limit. String measured: " +
          variables.dump());
}

TEST_F(Functions, RefuseVariablesOfThePlatform) {
  create_provider();
  const Answer answer =
      create_function({{"Environment", {{"Variables", {{"AWS_LAMBDA_RUNTIME_API", "x"}}}}}});
  EXPECT_EQ(answer.error(), "InvalidParameterValueException");
  EXPECT_NE(answer.message().find("Reserved keys used in this request: AWS_LAMBDA_RUNTIME_API"),
            std::string::npos);
}

TEST_F(Functions, TakeEachNameOnce) {
  create_provider();
  create_function();
  expect_refused(json::object(), "Function already exist: f", "ResourceConflictException");
}

TEST_F(Functions, WhoseNameIsTakenWhileTheyAreUnpackedAreRefused) {
  create_provider();
  const auto first = start("POST", functions_path, function_request().dump());
  const auto second = start("POST", functions_path, function_request().dump());
  loop_.run_until([&] { return first->has_value() && second->has_value(); });

  EXPECT_EQ((*first)->status, 201U);
  EXPECT_EQ((*second)->message(), "Function already exist: f");
}

TEST_F(Functions, RefuseAPackageAndLeaveNothing) {
  create_provider();
  expect_refused({{"Code", {{"ZipFile", "bm90IGEgemlw"}}}},
                 "Could not unzip uploaded file. Please check your file, then try to upload again.");
  flush();
  EXPECT_EQ(package_count(), 0U);
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f").status, 404U);
}

TEST_F(Functions, RefuseABodyOverTheLimit) {
  const auto answer = start("POST", functions_path, std::string(70167211, ' '));
  loop_.run_until([&] { return answer->has_value(); });

  EXPECT_EQ((*answer)->status, 413U);
  EXPECT_EQ((*answer)->error(), "RequestEntityTooLargeException");
  EXPECT_EQ((*answer)->message(),
            "Request must be smaller than 70167211 bytes for the CreateFunction operation");
}

TEST_F(Functions, TakeABodyThatIsParsedOffTheLoop) {
  create_provider();
  json request = function_request();
  request["SomethingNew"] = std::string(1000000, 'x');

  EXPECT_EQ(send("POST", functions_path, request).status, 201U);
}

TEST_F(Functions, ThatAreUnknownAreNotFound) {
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f").message(),
            "Function not found: arn:aws:lambda:us-east-1:000000000000:function:f");
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f?Qualifier=7").message(),
            "Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:7");
}

TEST_F(Functions, AreListedWithoutStates) {
  create_provider();
  create_function();
  create_function({{"FunctionName", "g"}});

  const Answer answer = send("GET", functions_path);

  ASSERT_EQ(answer.body.at("Functions").size(), 2U);
  EXPECT_EQ(answer.body.at("Functions")[0].at("FunctionName"), "f");
  EXPECT_FALSE(answer.body.at("Functions")[0].contains("State"));
  EXPECT_EQ(send("GET", std::string{functions_path} + "?FunctionVersion=invalid").error(),
            "ValidationException");
}

TEST_F(Functions, WithoutACapacityProviderHaveDefaultsOfTheirOwn) {
  const Answer created = create_function({{"CapacityProviderConfig", nullptr}});
  ASSERT_EQ(created.status, 201U) << created.text;
  EXPECT_EQ(created.body.at("MemorySize"), 128);
  EXPECT_EQ(created.body.at("SnapStart").at("ApplyOn"), "None");
  settle();

  EXPECT_EQ(configuration().at("State"), "Active");
  EXPECT_EQ(send("DELETE", "/2015-03-31/functions/f").status, 204U);
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f").status, 404U);
}

TEST_F(Functions, Call37_CannotBeMovedToACapacityProvider) {
  create_provider();
  create_function({{"CapacityProviderConfig", nullptr}});
  settle();

  const Answer answer = send("PUT", "/2015-03-31/functions/f/configuration",
                             {{"CapacityProviderConfig", function_request().at("CapacityProviderConfig")}});

  EXPECT_EQ(answer.message(), "CapacityProviderConfig isn't supported for Lambda Default functions.");
}

TEST_F(Functions, AnswerAConfigurationChangeInProgressThenSuccessful) {
  create_provider();
  create_function();
  settle();

  const Answer answer = send("PUT", "/2015-03-31/functions/f/configuration", {{"MemorySize", 4096}});

  ASSERT_EQ(answer.status, 200U) << answer.text;
  EXPECT_EQ(answer.body.at("LastUpdateStatus"), "InProgress");
  EXPECT_EQ(answer.body.at("LastUpdateStatusReasonCode"), "Creating");
  EXPECT_EQ(send("PUT", "/2015-03-31/functions/f/configuration", {{"MemorySize", 2048}}).message(),
            "The operation cannot be performed at this time. An update is in progress for resource: "
            "arn:aws:lambda:us-east-1:000000000000:function:f");
  settle();
  EXPECT_EQ(configuration().at("LastUpdateStatus"), "Successful");
  EXPECT_EQ(configuration().at("MemorySize"), 4096);
}

TEST_F(Functions, RemoveCodeThatNothingUsesAnyMore) {
  create_provider();
  create_function();
  settle();
  ASSERT_EQ(package_count(), 1U);

  const Answer answer = send("PUT", "/2015-03-31/functions/f/code", {{"ZipFile", package("new")}});

  ASSERT_EQ(answer.status, 200U) << answer.text;
  settle();
  EXPECT_EQ(package_count(), 1U);
}

TEST_F(Functions, RefuseAChangeOfAnOlderRevision) {
  create_provider();
  create_function();
  settle();

  const Answer answer =
      send("PUT", "/2015-03-31/functions/f/configuration", {{"MemorySize", 4096}, {"RevisionId", "old"}});

  EXPECT_EQ(answer.status, 412U);
  EXPECT_EQ(answer.error(), "PreconditionFailedException");
}

TEST_F(Functions, AreDeletedWithTheirVersionsAndCode) {
  create_published_function();
  const std::filesystem::path code = host_->deployed.at(0).task_root;

  EXPECT_EQ(send("DELETE", "/2015-03-31/functions/f").status, 202U);

  EXPECT_EQ(configuration().at("State"), "Deleting");
  EXPECT_EQ(configuration().at("LastUpdateStatus"), "InProgress");
  ASSERT_EQ(host_->retired, (std::vector<VersionKey>{published_key}));
  settle();
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f").status, 200U) << "its environments still run";
  EXPECT_TRUE(std::filesystem::exists(code));
  host_->tell({published_key, VersionState::retired, {}, {}});
  settle();
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f").status, 404U);
  EXPECT_FALSE(std::filesystem::exists(code));
}

TEST_F(Functions, DoNotDeleteLatestOrAliases) {
  create_published_function();
  EXPECT_EQ(send("DELETE", "/2015-03-31/functions/f?Qualifier=%24LATEST").message(),
            "$LATEST version cannot be deleted without deleting the function.");
  EXPECT_EQ(send("DELETE", "/2015-03-31/functions/f?Qualifier=live").message(),
            "Deletion of aliases is not currently supported.");
  EXPECT_EQ(send("DELETE", "/2015-03-31/functions/f?Qualifier=9").status, 404U);
}

TEST_F(Functions, CountInTheAccountSettings) {
  create_provider();
  create_function();

  const Answer answer = send("GET", "/2016-08-19/account-settings");

  EXPECT_EQ(answer.body.at("AccountUsage").at("FunctionCount"), 1);
  EXPECT_EQ(answer.body.at("AccountLimit").at("CodeSizeZipped"), 52428800);
}

}  // namespace
}  // namespace lmi::emulator::control_plane
