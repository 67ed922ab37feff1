#include "model/binder.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace lmi::emulator::model {
namespace {

using nlohmann::json;
using namespace std::string_literals;

const ApiModel& api() {
  static const ApiModel model = ApiModel::load();
  return model;
}

using Fields = std::map<std::string, std::string, std::less<>>;

Result<BoundInput> bound(const char* method, const char* target, const std::string& body,
                         const Fields& fields = {}) {
  static const Router router{api()};
  const auto route = router.route(method, target);
  if (!route) throw std::logic_error{"the test's target is no route"};
  return bind_input(
      *route,
      [&fields](std::string_view name) {
        const auto found = fields.find(name);
        return found == fields.end() ? nullptr : &found->second;
      },
      body);
}

constexpr const char* providers = "/2025-11-30/capacity-providers";
constexpr const char* functions = "/2015-03-31/functions";

json provider() {
  return {{"CapacityProviderName", "cp1"},
          {"VpcConfig", {{"SubnetIds", {"subnet-a"}}, {"SecurityGroupIds", {"sg-a"}}}},
          {"PermissionsConfig", {{"CapacityProviderOperatorRoleArn", "arn:aws:iam::000000000000:role/op"}}}};
}

json function() {
  return {{"FunctionName", "f"},
          {"Role", "arn:aws:iam::000000000000:role/r"},
          {"Runtime", "provided.al2023"},
          {"Handler", "h"},
          {"Code", {{"ZipFile", "UEsDBA=="}}}};
}

/// The message of the ValidationException that `body` leads to.
std::string refusal(const char* target, const json& body) {
  const auto result = bound("POST", target, body.dump());
  if (result) return "(accepted)";
  EXPECT_EQ(result.error().code, "ValidationException");
  return result.error().message;
}

TEST(Binder, GathersPathQueryHeadersAndLeavesThePayload) {
  const auto result = bound("POST", "/2015-03-31/functions/f%3A1/invocations?Qualifier=1", "not json",
                            {{"X-Amz-Invocation-Type", "DryRun"}, {"X-Amz-Log-Type", "None"}});

  ASSERT_TRUE(result);
  EXPECT_EQ(
      result->members,
      (json{{"FunctionName", "f:1"}, {"Qualifier", "1"}, {"InvocationType", "DryRun"}, {"LogType", "None"}}));
}

TEST(Binder, DecodesBlobs) {
  const auto result = bound("POST", functions, function().dump());

  ASSERT_TRUE(result);
  const std::vector<std::uint8_t>& bytes = result->members.at("Code").at("ZipFile").get_binary();
  EXPECT_EQ(bytes, (std::vector<std::uint8_t>{'P', 'K', 3, 4}));
}

TEST(Binder, ReadsNumbersOfTheQuery) {
  EXPECT_EQ(bound("GET", "/2015-03-31/functions?MaxItems=7", "")->members.at("MaxItems"), 7);
  EXPECT_EQ(bound("GET", "/2015-03-31/functions?MaxItems=seven", "").error().code, "SerializationException");
}

TEST(Binder, GathersRepeatedQueryMembers) {
  const auto result = bound(
      "DELETE",
      "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af?tagKeys=a&tagKeys=b",
      "");

  ASSERT_TRUE(result);
  EXPECT_EQ(result->members.at("TagKeys"), (json{"a", "b"}));
}

TEST(Binder, TakesNullForAbsentAndToleratesUnknownMembers) {
  json body = provider();
  body["KmsKeyArn"] = nullptr;
  body["SomethingNew"] = {{"x", 1}};

  const auto result = bound("POST", providers, body.dump());

  ASSERT_TRUE(result);
  EXPECT_FALSE(result->members.contains("KmsKeyArn"));
  EXPECT_FALSE(result->members.contains("SomethingNew"));
}

TEST(Binder, TakesAWholeDoubleForAnInteger) {
  json body = function();
  body["Timeout"] = 4.0;
  EXPECT_EQ(bound("POST", functions, body.dump())->members.at("Timeout"), 4);

  body["Timeout"] = 4.5;
  EXPECT_EQ(bound("POST", functions, body.dump()).error().code, "SerializationException");
}

TEST(Binder, RefusesIntegersThatDoNotFit) {
  json body = function();
  for (const std::uint64_t number : {std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
    body["Timeout"] = number;
    EXPECT_EQ(bound("POST", functions, body.dump()).error().code, "SerializationException") << number;
  }
}

TEST(Binder, RefusesABodyThatIsNoJsonObject) {
  EXPECT_EQ(bound("POST", providers, "{").error().code, "InvalidRequestContentException");
  EXPECT_EQ(bound("POST", providers, "[]").error().code, "InvalidRequestContentException");
}

TEST(Binder, RefusesABodyThatIsNestedDeeperThanTheServicesParserGoes) {
  const auto nested = [](std::size_t levels) {
    return R"({"Unknown":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  EXPECT_EQ(bound("POST", functions, nested(200)).error().code, "InvalidRequestContentException");
  EXPECT_EQ(bound("POST", functions, nested(500'000)).error().code, "InvalidRequestContentException");
  EXPECT_EQ(bound("POST", functions, nested(199)).error().code, "ValidationException");  // lacks members
}

TEST(Binder, RefusesWrongTypes) {
  json body = provider();
  body["VpcConfig"]["SubnetIds"] = "subnet-a";
  const auto result = bound("POST", providers, body.dump());

  EXPECT_EQ(result.error().code, "SerializationException");
  EXPECT_EQ(result.error().message, "The value of 'vpcConfig.subnetIds' can not be converted to a list");
}

TEST(Binder, RefusesABlobThatIsNotBase64) {
  json body = function();
  body["Code"]["ZipFile"] = "?";
  EXPECT_EQ(bound("POST", functions, body.dump()).error().code, "SerializationException");
}

TEST(Validator, NamesAMissingMember) {
  json body = provider();
  body["VpcConfig"].erase("SubnetIds");

  EXPECT_EQ(
      refusal(providers, body),
      "1 validation error detected: Value null at 'vpcConfig.subnetIds' failed to satisfy constraint: Member "
      "must not be null");
}

TEST(Validator, CountsSeveralErrorsInTheOrderOfTheModel) {
  json body = provider();
  body.erase("VpcConfig");
  body.erase("PermissionsConfig");

  EXPECT_EQ(refusal(providers, body),
            "2 validation errors detected: Value null at 'vpcConfig' failed to satisfy constraint: Member "
            "must not be "
            "null; Value null at 'permissionsConfig' failed to satisfy constraint: Member must not be null");
}

TEST(Validator, Call04_EmptySubnetListIsTooShort) {
  json body = provider();
  body["VpcConfig"]["SubnetIds"] = json::array();

  EXPECT_EQ(
      refusal(providers, body),
      "1 validation error detected: Value '[]' at 'vpcConfig.subnetIds' failed to satisfy constraint: Member "
      "must have length greater than or equal to 1");
}

TEST(Validator, Call06_NestsTheConstraintsOfAnEnumerationsItems) {
  json body = provider();
  body["InstanceRequirements"] = {{"Architectures", {"X86_64"}}};

  EXPECT_EQ(refusal(providers, body),
            "1 validation error detected: Value '[X86_64]' at 'instanceRequirements.architectures' failed to "
            "satisfy "
            "constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, "
            "arm64], Member "
            "must not be null]");
}

TEST(Validator, NestsLengthsAndPatternOfItemsAsRecorded) {
  json body = function();
  body["VpcConfig"] = {{"SubnetIds", {"bad_subnet"}}};

  EXPECT_EQ(
      refusal(functions, body),
      "1 validation error detected: Value '[bad_subnet]' at 'vpcConfig.subnetIds' failed to satisfy "
      "constraint: "
      "Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have "
      "length greater than or equal to 0, Member must satisfy regular expression pattern: subnet-[0-9a-z]*]");
}

TEST(Validator, SaysThatALongListIsTooLong) {
  json body = function();
  body["Architectures"] = {"x86_64", "arm64"};

  EXPECT_EQ(
      refusal(functions, body),
      "1 validation error detected: Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: "
      "Member must have length less than or equal to 1");
}

TEST(Validator, RefusesNullWhereAStructureOrAListBelongs) {
  constexpr const char* mappings = "/2015-03-31/event-source-mappings";
  constexpr const char* one = "1 validation error detected: Value ";
  EXPECT_EQ(refusal(mappings, {{"FunctionName", "f"}, {"FilterCriteria", {{"Filters", {nullptr}}}}}),
            std::string{one} +
                "null at 'filterCriteria.filters.1.member' failed to satisfy constraint: Member "
                "must not be null");
  const auto endpoints = [](const json& by_kind) {
    return refusal(mappings, {{"FunctionName", "f"}, {"SelfManagedEventSource", {{"Endpoints", by_kind}}}});
  };
  const std::string at =
      " at 'selfManagedEventSource.endpoints' failed to satisfy constraint: Map value must "
      "satisfy constraint: [";
  EXPECT_EQ(endpoints({{"KAFKA_BOOTSTRAP_SERVERS", {nullptr}}}),
            one + "'{KAFKA_BOOTSTRAP_SERVERS=[null]}'"s + at +
                "Member must satisfy constraint: [Member must not be null]]");
  const std::string lengths =
      "Member must have length less than or equal to 10, Member must have length greater than or equal to 1, "
      "Member must not be null]";
  EXPECT_EQ(endpoints({{"KAFKA_BOOTSTRAP_SERVERS", nullptr}}),
            one + "'{KAFKA_BOOTSTRAP_SERVERS=null}'"s + at + lengths);
  EXPECT_EQ(endpoints({{"KAFKA_BOOTSTRAP_SERVERS", json::array()}}),
            one + "'{KAFKA_BOOTSTRAP_SERVERS=[]}'"s + at + lengths);
  EXPECT_EQ(endpoints({{"KAFKA_BOOTSTRAP_SERVERS", {"a:9092"}}}), "(accepted)");
}

TEST(Validator, NamesThePatternOfAScalar) {
  json body = function();
  body["Role"] = "r1";

  EXPECT_EQ(
      refusal(functions, body),
      "1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy "
      "regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+");
}

TEST(Validator, PrintsLimitsOfDoublesWithAFraction) {
  json body = function();
  body["CapacityProviderConfig"]["LambdaManagedInstancesCapacityProviderConfig"] = {
      {"CapacityProviderArn", "arn:aws:lambda:us-east-1:000000000000:capacity-provider:cp1"},
      {"ExecutionEnvironmentMemoryGiBPerVCpu", 9}};

  EXPECT_EQ(refusal(functions, body),
            "1 validation error detected: Value '9.0' at "
            "'capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig."
            "executionEnvironmentMemoryGiBPerVCpu' failed to satisfy constraint: Member must have value less "
            "than or "
            "equal to 8.0");
}

TEST(Validator, TimeoutEndsAtTheDocumentedLimit) {
  json body = function();
  body["Timeout"] = 901;

  EXPECT_EQ(
      refusal(functions, body),
      "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have "
      "value less than or equal to 900");
}

TEST(Validator, NestsTheConstraintsOfMapKeysAndValues) {
  const auto result = bound("POST", "/2015-03-31/functions/f/aliases",
                            json{{"Name", "live"},
                                 {"FunctionVersion", "1"},
                                 {"RoutingConfig", {{"AdditionalVersionWeights", {{"2", 2}}}}}}
                                .dump());

  ASSERT_FALSE(result);
  EXPECT_EQ(
      result.error().message,
      "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to "
      "satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to "
      "1.0, Member must have value greater than or equal to 0.0, Member must not be null]");
}

TEST(Validator, Call18_WantsTheInnerCapacityProviderConfig) {
  json body = function();
  body["CapacityProviderConfig"] = json::object();

  EXPECT_EQ(
      refusal(functions, body),
      "1 validation error detected: Value null at "
      "'capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig' failed to satisfy constraint: "
      "Member must not be null");
}

TEST(Validator, Call22_PublishToHasOneValue) {
  const auto result = bound("POST", "/2015-03-31/functions/f/versions", R"({"PublishTo":"X"})");

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message,
            "1 validation error detected: Value 'X' at 'publishTo' failed to satisfy constraint: Member must "
            "satisfy "
            "enum value set: [LATEST_PUBLISHED]");
}

TEST(Validator, LeavesTheRuntimeToTheOperation) {
  json body = function();
  body["Runtime"] = "cobol85";
  EXPECT_TRUE(bound("POST", functions, body.dump()));
}

TEST(Validator, CountsCharactersNotBytes) {
  json body = function();
  std::string description;
  for (int i = 0; i < 256; ++i) description += "ü";
  body["Description"] = description;

  EXPECT_TRUE(bound("POST", functions, body.dump()));
}

TEST(Validator, RefusesAnUnknownInvocationTypeInTheOrderOfTheService) {
  const auto result =
      bound("POST", "/2015-03-31/functions/f/invocations", "{}", {{"X-Amz-Invocation-Type", "Later"}});

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message,
            "1 validation error detected: Value 'Later' at 'invocationType' failed to satisfy constraint: "
            "Member must "
            "satisfy enum value set: [RequestResponse, Event, DryRun]");
}

}  // namespace
}  // namespace lmi::emulator::model
