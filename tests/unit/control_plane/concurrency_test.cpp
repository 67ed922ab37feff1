#include "fixture.hpp"

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

const std::string function_arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
const std::string provisioned_path = "/2019-09-30/functions/f/provisioned-concurrency";

using Wanted = std::map<VersionKey, unsigned>;

class Concurrency : public ControlPlaneTest {
 protected:
  /// A default function with the versions 1 and 2.
  void create_default_function() {
    ASSERT_EQ(create_function({{"CapacityProviderConfig", nullptr}, {"Publish", true}}).status, 201U);
    settle();
    ASSERT_EQ(
        send("PUT", "/2015-03-31/functions/f/code", {{"ZipFile", package("2")}, {"Publish", true}}).status,
        200U);
    settle();
  }
  Answer reserve(unsigned count, const std::string& function = "f") {
    return send("PUT", "/2017-10-31/functions/" + function + "/concurrency",
                {{"ReservedConcurrentExecutions", count}});
  }
  Answer provision(const std::string& qualifier, int count) {
    return send("PUT", provisioned_path + "?Qualifier=" + qualifier,
                {{"ProvisionedConcurrentExecutions", count}});
  }
  json unreserved() {
    return send("GET", "/2016-08-19/account-settings")
        .body.at("AccountLimit")
        .at("UnreservedConcurrentExecutions");
  }
  void expect_refused(const Answer& answer, const std::string& code, const std::string& message) {
    EXPECT_EQ(answer.error(), code) << answer.text;
    EXPECT_EQ(answer.message(), message);
  }
};

TEST_F(Concurrency, IsReservedShownAndFreedAgain) {
  create_default_function();
  EXPECT_EQ(send("GET", "/2019-09-30/functions/f/concurrency").body, json::object());

  const Answer put = reserve(10);
  EXPECT_EQ(put.status, 200U);
  EXPECT_EQ(put.body, (json{{"ReservedConcurrentExecutions", 10}}));
  EXPECT_EQ(send("GET", "/2019-09-30/functions/f/concurrency").body, put.body);
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f").body.at("Concurrency"), put.body);
  EXPECT_EQ(unreserved(), 990);
  restart();
  EXPECT_EQ(send("GET", "/2019-09-30/functions/f/concurrency").body, put.body);

  EXPECT_EQ(send("DELETE", "/2017-10-31/functions/f/concurrency").status, 204U);
  EXPECT_EQ(send("GET", "/2019-09-30/functions/f/concurrency").body, json::object());
  EXPECT_FALSE(send("GET", "/2015-03-31/functions/f").body.contains("Concurrency"));
  EXPECT_EQ(unreserved(), 1000);
}

TEST_F(Concurrency, OfZeroIsAReservationToo) {
  create_default_function();
  reserve(0);
  EXPECT_EQ(send("GET", "/2019-09-30/functions/f/concurrency").body,
            (json{{"ReservedConcurrentExecutions", 0}}));
}

TEST_F(Concurrency, IsTakenForFunctionsOnCapacityProviders) {
  create_published_function();
  EXPECT_EQ(reserve(5).status, 200U);
}

TEST_F(Concurrency, ReservationsAreRefusedAsRecorded) {
  create_default_function();

  expect_refused(reserve(1, "doesnotexist"), "ResourceNotFoundException",
                 "Function not found: arn:aws:lambda:us-east-1:000000000000:function:doesnotexist:$LATEST");
  expect_refused(
      reserve(1, "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af%3A%24LATEST"),
      "InvalidParameterValueException",
      "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
      "operation. Please specify either a function name or an unqualified function ARN.");
  const Answer beyond = reserve(901);
  expect_refused(beyond, "InvalidParameterValueException",
                 "Specified ReservedConcurrentExecutions for function decreases account's "
                 "UnreservedConcurrentExecution below its minimum value of [100].");
  EXPECT_FALSE(beyond.body.contains("Type"));
  EXPECT_EQ(reserve(900).status, 200U);
  EXPECT_EQ(reserve(899).status, 200U) << "its own reservation does not count against the new one";
}

TEST_F(Concurrency, OfTheProvisionedKindLivesFromPutToDelete) {
  create_default_function();

  const Answer put = provision("1", 3);
  ASSERT_EQ(put.status, 202U) << put.text;
  EXPECT_EQ(put.body.at("RequestedProvisionedConcurrentExecutions"), 3);
  EXPECT_EQ(put.body.at("Status"), "IN_PROGRESS");
  EXPECT_EQ(put.body.at("LastModified"), "2025-11-25T21:37:02.007+0000");
  EXPECT_EQ(send("GET", provisioned_path + "?Qualifier=1").body, put.body);
  EXPECT_EQ(unreserved(), 997);
  EXPECT_EQ(host_->wanted, (Wanted{{{"f", "1"}, 3}}));
  restart();
  EXPECT_EQ(host_->wanted, (Wanted{{{"f", "1"}, 3}}));
  const json listed = send("GET", provisioned_path + "?List=ALL").body.at("ProvisionedConcurrencyConfigs");
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].at("FunctionArn"), function_arn + ":1");

  EXPECT_EQ(send("DELETE", provisioned_path + "?Qualifier=1").status, 204U);
  EXPECT_TRUE(host_->wanted.empty());
  expect_refused(send("GET", provisioned_path + "?Qualifier=1"),
                 "ProvisionedConcurrencyConfigNotFoundException",
                 "No Provisioned Concurrency Config found for this function");
}

TEST_F(Concurrency, OfTheProvisionedKindTellsWhatHasBecomeOfIt) {
  create_default_function();
  provision("1", 2);
  const auto shown = [this] { return send("GET", provisioned_path + "?Qualifier=1").body; };

  host_->there[{"f", "1"}] = {1, false};
  EXPECT_EQ(shown().at("Status"), "IN_PROGRESS");
  EXPECT_EQ(shown().at("AllocatedProvisionedConcurrentExecutions"), 1);
  host_->there[{"f", "1"}] = {2, false};
  EXPECT_EQ(shown().at("Status"), "READY");
  EXPECT_EQ(shown().at("AvailableProvisionedConcurrentExecutions"), 2);
  EXPECT_FALSE(shown().contains("StatusReason"));
  host_->there[{"f", "1"}] = {0, true};
  EXPECT_EQ(shown().at("Status"), "FAILED");
  EXPECT_EQ(shown().at("StatusReason"), "FUNCTION_ERROR_INIT_FAILURE");
  EXPECT_EQ(provision("1", 2).body.at("Status"), "IN_PROGRESS") << "it is tried again";
}

TEST_F(Concurrency, OfTheProvisionedKindFollowsAnAlias) {
  create_default_function();
  const std::string aliases = "/2015-03-31/functions/f/aliases";
  ASSERT_EQ(send("POST", aliases, {{"Name", "live"}, {"FunctionVersion", "1"}}).status, 201U);
  ASSERT_EQ(send("POST", aliases, {{"Name", "more"}, {"FunctionVersion", "1"}}).status, 201U);
  ASSERT_EQ(provision("live", 4).status, 202U);
  ASSERT_EQ(provision("more", 1).status, 202U);
  EXPECT_EQ(host_->wanted, (Wanted{{{"f", "1"}, 5}}));
  host_->there[{"f", "1"}] = {4, false};
  EXPECT_EQ(send("GET", provisioned_path + "?Qualifier=live").body.at("Status"), "READY");
  EXPECT_EQ(send("GET", provisioned_path + "?Qualifier=more").body.at("Status"), "IN_PROGRESS");

  const json quarter = {{"AdditionalVersionWeights", {{"2", 0.25}}}};
  ASSERT_EQ(send("PUT", aliases + "/live", {{"RoutingConfig", quarter}}).status, 200U);
  EXPECT_EQ(host_->wanted, (Wanted{{{"f", "1"}, 4}, {{"f", "2"}, 1}}));
  ASSERT_EQ(send("DELETE", aliases + "/live").status, 204U);
  EXPECT_EQ(host_->wanted, (Wanted{{{"f", "1"}, 1}}));
}

TEST_F(Concurrency, OfTheProvisionedKindIsNotForAnAliasOfLatest) {
  create_default_function();
  send("POST", "/2015-03-31/functions/f/aliases", {{"Name", "newest"}, {"FunctionVersion", "$LATEST"}});
  expect_refused(provision("newest", 1), "InvalidParameterValueException",
                 "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
}

TEST_F(Concurrency, ProvisionedConfigurationsAreListedInPages) {
  create_default_function();
  provision("1", 1);
  provision("2", 1);

  const Answer first = send("GET", provisioned_path + "?List=ALL&MaxItems=1");
  ASSERT_EQ(first.body.at("ProvisionedConcurrencyConfigs").size(), 1U);
  const Answer second = send("GET", provisioned_path + "?List=ALL&MaxItems=1&Marker=" +
                                        first.body.at("NextMarker").get<std::string>());
  EXPECT_EQ(second.body.at("ProvisionedConcurrencyConfigs")[0].at("FunctionArn"), function_arn + ":2");
  EXPECT_FALSE(second.body.contains("NextMarker"));
}

TEST_F(Concurrency, ProvisioningIsRefusedAsRecorded) {
  create_default_function();
  const std::string invalid = "InvalidParameterValueException";
  const std::string missing = "ResourceNotFoundException";

  expect_refused(provision("%24LATEST", 1), invalid,
                 "Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  expect_refused(send("GET", provisioned_path + "?Qualifier=%24LATEST"), invalid,
                 "The function resource provided must be an alias or a published version.");
  expect_refused(provision("doesnotexist", 1), missing,
                 "Cannot find alias arn: " + function_arn + ":doesnotexist");
  expect_refused(
      send("GET", "/2019-09-30/functions/doesnotexist/provisioned-concurrency?Qualifier=noalias"), missing,
      "Cannot find alias arn: arn:aws:lambda:us-east-1:000000000000:function:doesnotexist:noalias");
  expect_refused(send("DELETE", "/2019-09-30/functions/doesnotexist/provisioned-concurrency?Qualifier=1"),
                 missing,
                 "Function not found: arn:aws:lambda:us-east-1:000000000000:function:doesnotexist:1");
  expect_refused(
      provision("1", 0), "ValidationException",
      "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy "
      "constraint: Member must have value greater than or equal to 1");
  const Answer beyond = provision("1", 1001);
  expect_refused(
      beyond, invalid,
      "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency "
      "[1000].");
  EXPECT_FALSE(beyond.body.contains("Type"));
  expect_refused(
      provision("1", 901), invalid,
      "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
      "below its minimum value of [100].");
}

TEST_F(Concurrency, ReservedAndProvisionedBoundEachOther) {
  create_default_function();
  ASSERT_EQ(reserve(2).status, 200U);
  ASSERT_EQ(provision("1", 2).status, 202U);

  expect_refused(
      provision("2", 1), "InvalidParameterValueException",
      "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for "
      "function");
  expect_refused(reserve(1), "InvalidParameterValueException",
                 " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned "
                 "concurrency [2].");
  EXPECT_EQ(unreserved(), 998) << "what is provisioned comes out of the reservation";
}

TEST_F(Concurrency, AVersionIsProvisionedInOneWayOnly) {
  create_default_function();
  for (const char* version : {"1", "2"}) {
    send("POST", "/2015-03-31/functions/f/aliases",
         {{"Name", std::string{"alias"} + version}, {"FunctionVersion", version}});
  }
  ASSERT_EQ(provision("1", 1).status, 202U);
  ASSERT_EQ(provision("alias2", 1).status, 202U);

  expect_refused(
      provision("alias1", 1), "ResourceConflictException",
      "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version");
  expect_refused(provision("2", 1), "ResourceConflictException",
                 "Version is pointed by a Provisioned Concurrency alias");
  send("DELETE", "/2015-03-31/functions/f/aliases/alias2");
  expect_refused(send("GET", provisioned_path + "?Qualifier=alias2"), "ResourceNotFoundException",
                 "Cannot find alias arn: " + function_arn + ":alias2");
  EXPECT_EQ(unreserved(), 999);
}

TEST_F(Concurrency, CannotBeProvisionedOnCapacityProviders) {
  create_published_function();
  EXPECT_EQ(provision("%24LATEST.PUBLISHED", 1).error(), "ValidationException") << "the pattern has no dot";
  send("POST", "/2015-03-31/functions/f/versions", json::object());
  EXPECT_EQ(provision("1", 1).error(), "InvalidParameterValueException");
}

}  // namespace
}  // namespace lmi::emulator::control_plane
