// The resource policy of function URLs without signatures.
#include "control_plane/url_policy.hpp"

#include "control_plane/url_response.hpp"
#include "fixture.hpp"

#include <array>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

const std::string arn = "arn:aws:lambda:us-east-1:000000000000:function:f";

json statement(const std::string& action, const json& changes = json::object()) {
  json made = {{"Effect", "Allow"}, {"Principal", "*"}, {"Action", action}, {"Resource", arn}};
  made.merge_patch(changes);
  return made;
}
json condition(const std::string& test, const std::string& key, const json& value) {
  return {{"Condition", {{test, {{key, value}}}}}};
}
bool is_public(const json& statements) {
  return lets_everybody_in(json{{"Version", "2012-10-17"}, {"Statement", statements}}.dump(), arn);
}

const json url =
    statement("lambda:InvokeFunctionUrl", condition("StringEquals", "lambda:FunctionUrlAuthType", "NONE"));
const json invoke =
    statement("lambda:InvokeFunction", condition("Bool", "lambda:InvokedViaFunctionUrl", "true"));

TEST(UrlPolicy, EverybodyNeedsBothPermissions) {
  EXPECT_TRUE(is_public({url, invoke}));
  EXPECT_FALSE(is_public(json::array({url})));
  EXPECT_FALSE(is_public(json::array({invoke})));
  EXPECT_FALSE(is_public(json::array()));
  EXPECT_FALSE(lets_everybody_in("", arn));
  EXPECT_FALSE(lets_everybody_in("no JSON", arn));
  EXPECT_FALSE(lets_everybody_in(R"({"Statement":[1]})", arn));
}

TEST(UrlPolicy, OneStatementMayGiveBoth) {
  const std::array<json, 6> good = {
      statement("lambda:*"),
      statement("*", {{"Principal", {{"AWS", "*"}}}}),
      statement("lambda:invokefunction*", {{"Principal", {{"AWS", {"arn:aws:iam::1:root", "*"}}}}}),
      statement("", {{"Action", {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}}}),
      statement("*", {{"Resource", "arn:aws:lambda:*:function:?"}}),
      statement("*", condition("Bool", "lambda:InvokedViaFunctionUrl", true))};
  for (const json& one : good) EXPECT_TRUE(is_public(one)) << one;
}

TEST(UrlPolicy, WhatIsForOthersGivesNothing) {
  const std::array<json, 7> bad = {
      statement("*", {{"Principal", {{"AWS", "arn:aws:iam::123456789012:root"}}}}),
      statement("*", {{"Principal", {{"Service", "*"}}}}),
      statement("lambda:GetFunction"),
      statement("*", {{"Resource", arn + ":alias"}}),
      statement("*", condition("StringEquals", "lambda:FunctionUrlAuthType", "AWS_IAM")),
      statement("*", condition("Bool", "lambda:InvokedViaFunctionUrl", "false")),
      statement("*", {{"Effect", nullptr}})};
  for (const json& one : bad) EXPECT_FALSE(is_public(one)) << one;
}

TEST(UrlPolicy, WhatCannotBeJudgedCountsOnlyWhenItDenies) {
  const json range = condition("IpAddress", "aws:SourceIp", "10.0.0.0/8");
  json not_action = statement("*");
  not_action.erase("Action");
  not_action["NotAction"] = "lambda:GetFunction";
  EXPECT_FALSE(is_public(statement("*", range)));
  EXPECT_FALSE(is_public(not_action));
  json denied = range;
  denied["Effect"] = "Deny";
  EXPECT_FALSE(is_public({url, invoke, statement("*", denied)}));
  not_action["Effect"] = "Deny";
  EXPECT_FALSE(is_public({url, invoke, not_action}));
  EXPECT_TRUE(is_public({url, invoke, statement("lambda:GetFunction", denied)}));
}

class EnforcedUrlPolicy : public ControlPlaneTest {
 protected:
  EnforcedUrlPolicy() {
    enforces_url_policies_ = true;
    restart();
    create_published_function();
  }
  void create_url(const std::string& auth_type, const json& more = json::object()) {
    json request = {{"AuthType", auth_type}};
    request.update(more);
    const std::string made = send("POST", "/2021-10-31/functions/f/url", request).body.at("FunctionUrl");
    host_name_ = made.substr(7, made.size() - 8);
  }
  void permit(const std::string& id, const std::string& action, const char* member, const json& value) {
    const Answer answer =
        send("POST", "/2015-03-31/functions/f/policy",
             {{"StatementId", id}, {"Action", action}, {"Principal", "*"}, {member, value}});
    ASSERT_EQ(answer.status, 201U) << answer.text;
  }
  http::Head request(std::string method) const {
    return {std::move(method), "/", {{"Host", host_name_}, {"Origin", "https://page.example"}}};
  }

  std::string host_name_;
};

TEST_F(EnforcedUrlPolicy, TheUrlIsForbiddenUntilTheFunctionSaysOtherwise) {
  create_url("NONE");
  const Answer refused = send_head(request("GET"), "");
  EXPECT_EQ(refused.status, 403U);
  EXPECT_EQ(refused.text, forbidden_text);
  EXPECT_EQ(refused.error(), "AccessDeniedException");

  permit("url", "lambda:InvokeFunctionUrl", "FunctionUrlAuthType", "NONE");
  EXPECT_EQ(send_head(request("GET"), "").status, 403U) << "since October 2025 one is not enough";
  permit("invoke", "lambda:InvokeFunction", "InvokedViaFunctionUrl", true);
  start_head(request("GET"), "");
  loop_.run_until([this] { return !host_->calls.empty(); });

  EXPECT_EQ(send("DELETE", "/2015-03-31/functions/f/policy/url").status, 204U);
  EXPECT_EQ(send_head(request("GET"), "").status, 403U);
}

TEST_F(EnforcedUrlPolicy, APreflightNeedsNoPermission) {
  create_url("NONE", {{"Cors", {{"AllowOrigins", {"*"}}}}});
  http::Head head = request("OPTIONS");
  head.headers.add("Access-Control-Request-Method", "GET");
  EXPECT_EQ(send_head(std::move(head), "").status, 200U);
  EXPECT_EQ(send_head(request("GET"), "").status, 403U);
}

}  // namespace
}  // namespace lmi::emulator::control_plane
