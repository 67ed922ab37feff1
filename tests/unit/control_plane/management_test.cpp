#include "fixture.hpp"

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

const std::string function_arn = "arn:aws:lambda:us-east-1:000000000000:function:f";

class Management : public ControlPlaneTest {
 protected:
  void create_versioned_function() {
    create_provider();
    create_function({{"Publish", true}});
    host_->tell_active({"f", "1"});
    settle();
  }
};

TEST_F(Management, NoFunctionHasACodeSigningConfiguration) {
  create_versioned_function();

  EXPECT_EQ(send("GET", "/2020-06-30/functions/f/code-signing-config").body, (json{{"FunctionName", "f"}}));
  EXPECT_EQ(send("GET", "/2020-06-30/functions/g/code-signing-config").status, 404U);
  const std::string arn = "arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-0123456789abcdef0";
  const Answer refused = create_function({{"FunctionName", "g"}, {"CodeSigningConfigArn", arn}});
  EXPECT_EQ(refused.error(), "CodeSigningConfigNotFoundException");
  EXPECT_EQ(refused.message(),
            "The code signing configuration cannot be found. Check that the provided configuration is not "
            "deleted: " +
                arn + ".");
}

TEST_F(Management, RecursionEndsUnlessAllowed) {
  create_versioned_function();
  const std::string path = "/2024-08-31/functions/f/recursion-config";

  EXPECT_EQ(send("GET", path).body, (json{{"RecursiveLoop", "Terminate"}}));
  EXPECT_EQ(send("PUT", path, {{"RecursiveLoop", "Allow"}}).body, (json{{"RecursiveLoop", "Allow"}}));
  restart();
  EXPECT_EQ(send("GET", path).body, (json{{"RecursiveLoop", "Allow"}}));
  EXPECT_EQ(
      send("PUT", path, {{"RecursiveLoop", "InvalidValue"}}).message(),
      "1 validation error detected: Value 'InvalidValue' at 'recursiveLoop' failed to satisfy constraint: "
      "Member must satisfy enum value set: [Terminate, Allow]");
}

TEST_F(Management, RuntimesAreManagedByVersion) {
  create_versioned_function();
  const std::string path = "/2021-07-20/functions/f/runtime-management-config";
  const std::string runtime = "arn:aws:lambda:us-east-1::runtime:0123456789abcdef";

  EXPECT_EQ(send("GET", path).body,
            (json{{"UpdateRuntimeOn", "Auto"}, {"FunctionArn", function_arn + ":$LATEST"}}));
  EXPECT_EQ(send("PUT", path, {{"UpdateRuntimeOn", "Manual"}}).error(), "InvalidParameterValueException");
  EXPECT_EQ(send("PUT", path, {{"UpdateRuntimeOn", "Auto"}, {"RuntimeVersionArn", runtime}}).error(),
            "InvalidParameterValueException");
  const Answer put =
      send("PUT", path + "?Qualifier=1", {{"UpdateRuntimeOn", "Manual"}, {"RuntimeVersionArn", runtime}});
  ASSERT_EQ(put.status, 200U) << put.text;
  restart();
  EXPECT_EQ(send("GET", path + "?Qualifier=1").body, (json{{"UpdateRuntimeOn", "Manual"},
                                                           {"FunctionArn", function_arn + ":1"},
                                                           {"RuntimeVersionArn", runtime}}));
  EXPECT_EQ(configuration("1").at("RuntimeVersionConfig"), (json{{"RuntimeVersionArn", runtime}}));
  EXPECT_FALSE(configuration().contains("RuntimeVersionConfig"));
  EXPECT_EQ(send("GET", path + "?Qualifier=7").status, 404U);
}

TEST_F(Management, AccountSettingsCountWhatIsThere) {
  create_versioned_function();
  const json code_size = configuration().at("CodeSize");
  create_function({{"FunctionName", "g"}, {"CapacityProviderConfig", nullptr}});
  settle();
  send("PUT", "/2017-10-31/functions/g/concurrency", {{"ReservedConcurrentExecutions", 40}});

  const json body = send("GET", "/2016-08-19/account-settings").body;

  EXPECT_EQ(body.at("AccountUsage"),
            (json{{"FunctionCount", 2}, {"TotalCodeSize", 3 * code_size.get<std::uint64_t>()}}));
  EXPECT_EQ(body.at("AccountLimit"), (json{{"TotalCodeSize", 80530636800},
                                           {"CodeSizeUnzipped", 262144000},
                                           {"CodeSizeZipped", 52428800},
                                           {"ConcurrentExecutions", 1000},
                                           {"UnreservedConcurrentExecutions", 960}}));
}

}  // namespace
}  // namespace lmi::emulator::control_plane
