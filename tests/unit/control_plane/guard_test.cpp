#include "control_plane/guard.hpp"

#include "fixture.hpp"
#include "model/api_model.hpp"

namespace lmi::emulator::control_plane {
namespace {

class Guard : public ControlPlaneTest {};

TEST_F(Guard, RefusesARequestOfAWebPage) {
  const Answer answer = send("GET", functions_path, nullptr, {{"Origin", "https://evil.example"}});

  EXPECT_EQ(answer.status, 403U);
  EXPECT_EQ(answer.error(), "AccessDeniedException");
}

TEST_F(Guard, RefusesAHostThatIsNotThisMachine) {
  http::Head head{"GET", functions_path, {{"Host", "rebound.example:9400"}}};
  const Answer answer = send_head(head, "");

  EXPECT_EQ(answer.status, 403U);
  EXPECT_NE(answer.message().find("rebound.example"), std::string::npos);
}

TEST_F(Guard, RefusesEveryOperationWithoutASignature) {
  create_published_function();
  const model::ApiModel model = model::ApiModel::load();
  ASSERT_GE(model.operations().size(), 64U);
  for (const model::Operation& operation : model.operations()) {
    std::string target;
    for (const std::string& segment : operation.path)
      target += "/" + (segment.front() == '{' ? "f" : segment);
    for (const auto& [key, value] : operation.fixed_query) target += "?" + key + "=" + value;
    for (const char* authorization : {"", "Bearer x", "AWS4-HMAC-SHA256 Credential=A/us-east-1"}) {
      const Answer refused = send_head(
          {operation.method, target, {{"Host", "localhost:9400"}, {"Authorization", authorization}}}, "{}");
      EXPECT_EQ(refused.status, 403U) << operation.name;
      EXPECT_EQ(refused.error(), "MissingAuthenticationTokenException") << operation.name;
      EXPECT_EQ(refused.message(), "Missing Authentication Token") << operation.name;
    }
  }
}

TEST_F(Guard, RefusesEveryOperationFromAWebPageThoughItIsSigned) {
  const model::ApiModel model = model::ApiModel::load();
  for (const model::Operation& operation : model.operations()) {
    std::string target;
    for (const std::string& segment : operation.path)
      target += "/" + (segment.front() == '{' ? "f" : segment);
    for (const char* site : {"cross-site", "same-site", "same-origin"}) {
      const Answer refused = send(operation.method, target, nullptr, {{"Sec-Fetch-Site", site}});
      EXPECT_EQ(refused.status, 403U) << operation.name;
      EXPECT_EQ(refused.error(), "AccessDeniedException") << operation.name;
    }
  }
}

TEST_F(Guard, TakesWhatTheUserTyped) {
  EXPECT_EQ(send("GET", functions_path, nullptr, {{"Sec-Fetch-Site", "none"}}).status, 200U);
}

TEST_F(Guard, RefusesMoreHostsThanOne) {
  EXPECT_EQ(send("GET", functions_path, nullptr, {{"Host", "evil.example"}}).error(),
            "AccessDeniedException");
}

TEST_F(Guard, AnswersAnUnknownRouteWithJson) {
  const Answer answer = send("GET", "/2015-03-31/nothing");

  EXPECT_EQ(answer.status, 404U);
  EXPECT_EQ(answer.error(), "UnknownOperationException");
  EXPECT_TRUE(answer.body.is_object());
}

TEST_F(Guard, GivesEveryAnswerARequestId) {
  EXPECT_EQ(send("GET", functions_path).header("x-amzn-RequestId").size(), 36U);
  EXPECT_EQ(send("GET", "/nothing").header("x-amzn-RequestId").size(), 36U);
}

TEST(HostNames, OfThisMachineAreTaken) {
  for (const char* host : {"localhost", "LOCALHOST:80", "127.0.0.1:9400", "127.1.2.3", "[::1]:9400",
                           "lambda.localhost:1", "10.0.0.7:9400"}) {
    EXPECT_FALSE(refuse_web_page({"GET", "/", {{"Host", host}}}, "10.0.0.7")) << host;
  }
  for (const char* host : {"", "example.com", "localhost.example.com", "10.0.0.8", "127.0.0.1.example.com"}) {
    EXPECT_TRUE(refuse_web_page({"GET", "/", {{"Host", host}}}, "10.0.0.7")) << host;
  }
}

TEST(HostNames, AreAnyAddressForWhoListensEverywhere) {
  EXPECT_FALSE(refuse_web_page({"GET", "/", {{"Host", "192.168.1.5:9400"}}}, "0.0.0.0"));
  EXPECT_TRUE(refuse_web_page({"GET", "/", {{"Host", "example.com"}}}, "0.0.0.0"));
}

TEST(Credentials, GiveTheRegionOfTheirScope) {
  const auto read = [](const char* text) { return credential_of({"GET", "/", {{"Authorization", text}}}); };

  EXPECT_EQ(
      read("AWS4-HMAC-SHA256 Credential=A/20251125/eu-west-1/lambda/aws4_request, SignedHeaders=host").region,
      "eu-west-1");
  EXPECT_EQ(read("AWS4-HMAC-SHA256 Credential=a/b/20251125/eu-west-1/lambda/aws4_request,Signature=0").region,
            "eu-west-1");
  EXPECT_FALSE(read("Bearer x").present);
  EXPECT_FALSE(read("AWS4-HMAC-SHA256 Credential=A/eu-west-1").present);
}

}  // namespace
}  // namespace lmi::emulator::control_plane
