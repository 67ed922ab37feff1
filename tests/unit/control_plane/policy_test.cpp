#include "fixture.hpp"

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

const std::string policy_path = "/2015-03-31/functions/f/policy";
const std::string function_arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
const std::string document_path =
    "/2026-07-09/resource-policy/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af";

class Policies : public ControlPlaneTest {
 protected:
  /// A function with version 1 and the alias live.
  void create_aliased_function() {
    create_provider();
    create_function({{"Publish", true}});
    host_->tell_active({"f", "1"});
    settle();
    ASSERT_EQ(
        send("POST", "/2015-03-31/functions/f/aliases", {{"Name", "live"}, {"FunctionVersion", "1"}}).status,
        201U);
  }
  static json permission(const json& changes = json::object()) {
    json request = {
        {"StatementId", "s1"}, {"Action", "lambda:InvokeFunction"}, {"Principal", "s3.amazonaws.com"}};
    request.merge_patch(changes);
    return request;
  }
  Answer add(const json& changes = json::object(), const std::string& query = {}) {
    return send("POST", policy_path + query, permission(changes));
  }
  json policy(const std::string& query = {}) {
    return json::parse(send("GET", policy_path + query).body.at("Policy").get<std::string>());
  }
  void expect_refused(const Answer& answer, const std::string& code, const std::string& message) {
    EXPECT_EQ(answer.error(), code) << answer.text;
    EXPECT_EQ(answer.message(), message);
  }
};

TEST_F(Policies, AreMadeOfPermissions) {
  create_aliased_function();

  const Answer added = add({{"SourceArn", "arn:aws:s3:::bucket"}, {"SourceAccount", "000000000000"}});

  ASSERT_EQ(added.status, 201U) << added.text;
  // The form and the order of AWS's documentation.
  const std::string statement =
      R"({"Sid":"s1","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":")" +
      function_arn +
      R"(","Condition":{"StringEquals":{"AWS:SourceAccount":"000000000000"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::bucket"}}})";
  EXPECT_EQ(added.body.at("Statement"), statement);
  EXPECT_EQ(send("GET", policy_path).body.at("Policy"),
            R"({"Version":"2012-10-17","Id":"default","Statement":[)" + statement + "]}");
}

TEST_F(Policies, KnowEveryKindOfPrincipalAndCondition) {
  create_aliased_function();
  const std::string role = "arn:aws:iam::111111111111:role/r";
  add({{"StatementId", "account"}, {"Principal", "111111111111"}, {"EventSourceToken", "t"}});
  add({{"StatementId", "role"}, {"Principal", role}, {"PrincipalOrgID", "o-1234567890"}});
  add({{"StatementId", "url"},
       {"Principal", "*"},
       {"FunctionUrlAuthType", "NONE"},
       {"InvokedViaFunctionUrl", true}});

  const json statements = policy().at("Statement");
  EXPECT_EQ(statements[0].at("Principal"), (json{{"AWS", "arn:aws:iam::111111111111:root"}}));
  EXPECT_EQ(statements[0].at("Condition"), (json{{"StringEquals", {{"lambda:EventSourceToken", "t"}}}}));
  EXPECT_EQ(statements[1].at("Principal"), (json{{"AWS", role}}));
  EXPECT_EQ(statements[1].at("Condition"),
            (json{{"StringEquals", {{"aws:PrincipalOrgID", "o-1234567890"}}}}));
  EXPECT_EQ(statements[2].at("Principal"), "*");
  EXPECT_EQ(statements[2].at("Condition"), (json{{"StringEquals", {{"lambda:FunctionUrlAuthType", "NONE"}}},
                                                 {"Bool", {{"lambda:InvokedViaFunctionUrl", "true"}}}}));
}

TEST_F(Policies, OfFunctionVersionAndAliasAreApart) {
  create_aliased_function();
  EXPECT_EQ(add().status, 201U);
  EXPECT_EQ(add(json::object(), "?Qualifier=1").status, 201U);
  EXPECT_EQ(add(json::object(), "?Qualifier=live").status, 201U);

  EXPECT_EQ(policy().at("Statement")[0].at("Resource"), function_arn);
  EXPECT_EQ(policy("?Qualifier=1").at("Statement")[0].at("Resource"), function_arn + ":1");
  EXPECT_EQ(policy("?Qualifier=live").at("Statement")[0].at("Resource"), function_arn + ":live");
  EXPECT_EQ(send("DELETE", policy_path + "/s1?Qualifier=1").status, 204U);
  EXPECT_EQ(send("GET", policy_path + "?Qualifier=1").status, 404U);
  EXPECT_EQ(send("GET", policy_path).status, 200U);
}

TEST_F(Policies, EndWithTheirLastStatementAndTheirAlias) {
  create_aliased_function();
  add();
  add({{"StatementId", "s2"}});
  add(json::object(), "?Qualifier=live");

  EXPECT_EQ(send("DELETE", policy_path + "/s1").status, 204U);
  EXPECT_EQ(policy().at("Statement").size(), 1U);
  expect_refused(send("DELETE", policy_path + "/s1"), "ResourceNotFoundException",
                 "Statement s1 is not found in resource policy.");
  EXPECT_EQ(send("DELETE", policy_path + "/s2").status, 204U);
  expect_refused(send("GET", policy_path), "ResourceNotFoundException",
                 "The resource you requested does not exist.");
  send("DELETE", "/2015-03-31/functions/f/aliases/live");
  send("POST", "/2015-03-31/functions/f/aliases", {{"Name", "live"}, {"FunctionVersion", "1"}});
  EXPECT_EQ(send("GET", policy_path + "?Qualifier=live").status, 404U);
}

TEST_F(Policies, AreRefusedAsRecorded) {
  create_aliased_function();
  add();
  const std::string invalid = "InvalidParameterValueException";
  const std::string missing = "ResourceNotFoundException";

  expect_refused(add({{"StatementId", "s3"}, {"Principal", "anyone"}}), invalid,
                 "The provided principal was invalid. Please check the principal and try again.");
  expect_refused(add({{"StatementId", "s3"}}, "?Qualifier=%24LATEST"), invalid,
                 "We currently do not support adding policies for $LATEST.");
  expect_refused(
      add(), "ResourceConflictException",
      "The statement id (s1) provided already exists. Please provide a new statement id, or remove the "
      "existing statement.");
  expect_refused(add(json::object(), "?Qualifier=alias-doesnotexist"), missing,
                 "Cannot find alias arn: " + function_arn + ":alias-doesnotexist");
  expect_refused(add(json::object(), "?Qualifier=42"), missing,
                 "Function not found: " + function_arn + ":42");
  expect_refused(add(json::object(), "?Qualifier=valid-with-%24-but-doesnotexist"), missing,
                 "Function not found: " + function_arn + ":valid-with-$-but-doesnotexist");
  expect_refused(
      add({{"StatementId", "example.com"}}), "ValidationException",
      "1 validation error detected: Value 'example.com' at 'statementId' failed to satisfy constraint: "
      "Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)");
  expect_refused(
      add(json::object(), "?Qualifier=invalid-qualifier-with-%3F-char"), "ValidationException",
      "1 validation error detected: Value 'invalid-qualifier-with-?-char' at 'qualifier' failed to "
      "satisfy constraint: Member must satisfy regular expression pattern: "
      "\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+");
  expect_refused(send("DELETE", "/2015-03-31/functions/doesnotexist/policy/s1"), missing,
                 "No policy found for: arn:aws:lambda:us-east-1:000000000000:function:doesnotexist");
  expect_refused(send("DELETE", policy_path + "/s1?Qualifier=live"), missing,
                 "No policy is associated with the given resource.");
}

TEST_F(Policies, ChangeTheRevision) {
  create_aliased_function();
  add();
  const json revision = send("GET", policy_path).body.at("RevisionId");
  EXPECT_EQ(revision, configuration().at("RevisionId"));

  const Answer stale = add({{"StatementId", "s2"}, {"RevisionId", "old"}});
  EXPECT_EQ(stale.status, 412U);
  expect_refused(stale, "PreconditionFailedException",
                 "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to "
                 "retrieve the latest Revision Id");
  EXPECT_EQ(add({{"StatementId", "s2"}, {"RevisionId", revision}}).status, 201U);
  EXPECT_EQ(send("DELETE", policy_path + "/s2?RevisionId=" + revision.get<std::string>()).status, 412U);
  EXPECT_NE(configuration().at("RevisionId"), revision);
}

TEST_F(Policies, HaveAtMost20480Bytes) {
  create_aliased_function();
  const std::string token(256, 't');
  Answer last;
  for (int i = 0; i < 60 && last.error().empty(); ++i) {
    last = add({{"StatementId", "statement" + std::to_string(i)}, {"EventSourceToken", token}});
  }
  EXPECT_EQ(last.error(), "PolicyLengthExceededException");
  EXPECT_NE(last.message().find("bigger than the limit (20480)"), std::string::npos) << last.message();
  EXPECT_LE(policy().dump().size(), 20480U);
}

TEST_F(Policies, CanBePutReadAndDeletedAsDocuments) {
  create_aliased_function();
  const std::string document =
      R"({"Version":"2012-10-17","Statement":{"Sid":"deny","Effect":"Deny","Principal":"*","Action":"lambda:*"}})";

  const Answer put = send("PUT", document_path, {{"Policy", document}});
  ASSERT_EQ(put.status, 200U) << put.text;
  EXPECT_EQ(put.body.at("Policy"), document);
  EXPECT_EQ(send("GET", document_path).body, put.body);
  restart();
  ASSERT_EQ(add().status, 201U) << "beside the statement of the document";
  EXPECT_EQ(policy().at("Statement").size(), 2U);

  EXPECT_EQ(send("PUT", document_path, {{"Policy", document}, {"RevisionId", "old"}}).status, 412U);
  EXPECT_EQ(send("DELETE", document_path + "?RevisionId=old").status, 412U);
  EXPECT_EQ(send("DELETE", document_path).status, 204U);
  EXPECT_EQ(send("GET", document_path).status, 404U);
  EXPECT_EQ(send("DELETE", document_path).status, 404U);
}

TEST_F(Policies, RefuseDocumentsThatAreNone) {
  create_aliased_function();
  const std::string statement = R"({"Sid":"a","Effect":"Allow","Principal":"*","Action":"*"})";
  for (const std::string& document :
       {std::string{"no json"}, std::string{"[]"}, std::string{"{}"}, std::string{R"({"Statement":"x"})"},
        std::string{R"({"Statement":[{"Sid":"a","Effect":"Allow"}]})"},
        R"({"Statement":[)" + statement + "," + statement + "]}"}) {
    const Answer answer = send("PUT", document_path, {{"Policy", document}});
    EXPECT_EQ(answer.error(), "InvalidParameterValueException") << document;
  }
  EXPECT_EQ(
      send("PUT", document_path, {{"Policy", R"({"Statement":[],"Id":")" + std::string(20480, 'x') + "\"}"}})
          .error(),
      "PolicyLengthExceededException");
  EXPECT_EQ(send("GET", document_path).status, 404U);
  EXPECT_EQ(
      send("GET", "/2026-07-09/resource-policy/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Alayer%3Al")
          .status,
      501U);
  EXPECT_EQ(send("GET", "/2026-07-09/resource-policy/f").error(), "InvalidParameterValueException");
}

}  // namespace
}  // namespace lmi::emulator::control_plane
