#include "model/api_model.hpp"
#include "model/router.hpp"
#include "model/uri.hpp"

#include <gtest/gtest.h>

namespace lmi::emulator::model {
namespace {

const ApiModel& api() {
  static const ApiModel model = ApiModel::load();
  return model;
}

TEST(ApiModel, HasEveryOperationOfTheApi) {
  EXPECT_EQ(api().operations().size(), 91U);  // 64, and 27 of the amendments
}

TEST(ApiModel, RoutesEveryOperationToItself) {
  const Router router{api()};
  for (const Operation& operation : api().operations()) {
    std::string target;
    for (const std::string& segment : operation.path) target += "/" + (segment[0] == '{' ? "x" : segment);
    char separator = '?';
    for (const auto& [key, value] : operation.fixed_query) {
      target += separator + key + "=" + value;
      separator = '&';
    }
    const auto route = router.route(operation.method, target);
    ASSERT_TRUE(route) << operation.name << " " << target;
    EXPECT_EQ(route->operation->name, operation.name);
  }
}

TEST(ApiModel, PutsErrorsIntoHttpAsTheServiceDoes) {
  EXPECT_EQ(api().error_form("ResourceNotFoundException").status, 404U);
  EXPECT_TRUE(api().error_form("ResourceNotFoundException").capital_message);
  EXPECT_FALSE(api().error_form("InvalidParameterValueException").capital_message);
  EXPECT_EQ(api().error_form("NoPublishedVersionException").status, 400U);
  EXPECT_TRUE(api().error_form("NoPublishedVersionException").capital_message);
  EXPECT_FALSE(api().error_form("ServiceException").is_client_fault);
  EXPECT_FALSE(api().error_form("ValidationException").declared);
  EXPECT_EQ(api().error_form("RequestEntityTooLargeException").status, 413U);
  EXPECT_EQ(api().error_form("NobodyKnowsThisException").status, 500U);
}

TEST(ApiModel, PrintsEnumerationsInTheRecordedOrder) {
  EXPECT_EQ(*api().enumeration("Architecture"), (std::vector<std::string>{"x86_64", "arm64"}));
}

TEST(Router, DecodesLabelsAfterSplitting) {
  const Router router{api()};

  const auto route = router.route(
      "GET", "/2025-11-30/capacity-providers/arn%3Aaws%3Alambda%3Aus-east-1%3A0%3Acapacity-provider%3Ax");

  ASSERT_TRUE(route);
  EXPECT_EQ(route->labels.at("CapacityProviderName"), "arn:aws:lambda:us-east-1:0:capacity-provider:x");
}

TEST(Router, KeepsAnEncodedSlashInsideItsLabel) {
  const auto route = Router{api()}.route("GET", "/2015-03-31/functions/a%2Fb");

  ASSERT_TRUE(route);
  EXPECT_EQ(route->labels.at("FunctionName"), "a/b");
}

TEST(Router, TakesATrailingSlash) {
  const auto route = Router{api()}.route("GET", "/2015-03-31/functions/");

  ASSERT_TRUE(route);
  EXPECT_EQ(route->operation->name, "ListFunctions");
}

TEST(Router, TellsTwoOperationsOnOnePathByTheLiteralQuery) {
  const Router router{api()};
  const std::string path = "/2019-09-30/functions/f/provisioned-concurrency";

  EXPECT_EQ(router.route("GET", path + "?List=ALL")->operation->name, "ListProvisionedConcurrencyConfigs");
  EXPECT_EQ(router.route("GET", path + "?Qualifier=1")->operation->name, "GetProvisionedConcurrencyConfig");
}

TEST(Router, KnowsNoRouteForAnUnknownPathOrMethod) {
  const Router router{api()};

  EXPECT_FALSE(router.route("GET", "/2015-03-31/nothing"));
  EXPECT_FALSE(router.route("PATCH", "/2015-03-31/functions/f"));
  EXPECT_FALSE(router.route("GET", "/2015-03-31/functions/%zz"));
}

TEST(Target, DecodesRepeatedQueryKeysInOrder) {
  const auto target = parse_target("/p?tagKeys=a&tagKeys=b%20c&flag&Q=%24LATEST&p=x+y");

  ASSERT_TRUE(target);
  ASSERT_EQ(target->query.size(), 5U);
  EXPECT_EQ(target->query[1].second, "b c");
  EXPECT_EQ(*target->find("flag"), "");
  EXPECT_EQ(*target->find("Q"), "$LATEST");
  EXPECT_EQ(*target->find("p"), "x y");
  EXPECT_EQ(target->find("absent"), nullptr);
}

TEST(Target, RefusesACutEscape) {
  EXPECT_FALSE(parse_target("/a%2"));
  EXPECT_FALSE(parse_target("/a?b=%g0"));
}

}  // namespace
}  // namespace lmi::emulator::model
