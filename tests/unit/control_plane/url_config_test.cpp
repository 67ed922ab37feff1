#include "fixture.hpp"

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

constexpr const char* url_path = "/2021-10-31/functions/f/url";

class UrlConfig : public ControlPlaneTest {
 protected:
  void SetUp() override { create_published_function(); }
  Answer create(json changes = json::object()) {
    json request = {{"AuthType", "NONE"}};
    request.merge_patch(changes);
    return send("POST", url_path, request);
  }
};

TEST_F(UrlConfig, IsCreatedWithTheDefaults) {
  const Answer answer = create();
  ASSERT_EQ(answer.status, 201U) << answer.text;
  const std::string url = answer.body.at("FunctionUrl");
  EXPECT_EQ(url.substr(0, 7), "http://");
  EXPECT_EQ(url.substr(7 + 32), ".lambda-url.us-east-1.localhost:9400/");
  EXPECT_EQ(answer.body.at("FunctionArn"), "arn:aws:lambda:us-east-1:000000000000:function:f");
  EXPECT_EQ(answer.body.at("AuthType"), "NONE");
  EXPECT_EQ(answer.body.at("InvokeMode"), "BUFFERED");
  EXPECT_EQ(answer.body.at("CreationTime"), "2025-11-25T21:37:02.007+0000");
  EXPECT_FALSE(answer.body.contains("Cors"));
  EXPECT_FALSE(answer.body.contains("LastModifiedTime"));
}

TEST_F(UrlConfig, IsShownAsItWasGiven) {
  const json cors = {{"AllowOrigins", {"https://a.example"}},
                     {"AllowMethods", {"GET"}},
                     {"MaxAge", 10},
                     {"AllowCredentials", true},
                     {"AllowHeaders", {"x-a"}},
                     {"ExposeHeaders", {"x-b"}}};
  create({{"AuthType", "AWS_IAM"}, {"InvokeMode", "RESPONSE_STREAM"}, {"Cors", cors}});
  const Answer shown = send("GET", url_path);
  EXPECT_EQ(shown.status, 200U);
  EXPECT_EQ(shown.body.at("AuthType"), "AWS_IAM");
  EXPECT_EQ(shown.body.at("InvokeMode"), "RESPONSE_STREAM");
  EXPECT_EQ(shown.body.at("Cors"), cors);
  EXPECT_TRUE(shown.body.contains("LastModifiedTime"));
}

TEST_F(UrlConfig, OfAFunctionIsOne) {
  create();
  const Answer second = create();
  EXPECT_EQ(second.status, 409U);
  EXPECT_EQ(
      second.message(),
      "Failed to create function url config for [functionArn = "
      "arn:aws:lambda:us-east-1:000000000000:function:f]. Error message:  FunctionUrlConfig exists for this "
      "Lambda function");
}

TEST_F(UrlConfig, UpdatesOnlyWhatIsGiven) {
  const std::string url = create({{"Cors", {{"MaxAge", 10}}}}).body.at("FunctionUrl");
  const Answer updated = send("PUT", url_path, {{"InvokeMode", "RESPONSE_STREAM"}});
  EXPECT_EQ(updated.status, 200U);
  EXPECT_EQ(updated.body.at("InvokeMode"), "RESPONSE_STREAM");
  EXPECT_EQ(updated.body.at("AuthType"), "NONE");
  EXPECT_EQ(updated.body.at("Cors"), (json{{"MaxAge", 10}}));
  EXPECT_EQ(updated.body.at("FunctionUrl"), url);
  EXPECT_EQ(send("PUT", url_path, json::object()).body.at("InvokeMode"), "RESPONSE_STREAM");
}

TEST_F(UrlConfig, IsDeletedOnce) {
  create();
  const Answer deleted = send("DELETE", url_path);
  EXPECT_EQ(deleted.status, 204U);
  EXPECT_EQ(deleted.text, "");
  EXPECT_EQ(send("GET", url_path).status, 404U);
  EXPECT_EQ(send("DELETE", url_path).message(), "The resource you requested does not exist.");
}

TEST_F(UrlConfig, SurvivesARestartUnderTheSamePortAndAnother) {
  const json created = create({{"Cors", {{"AllowOrigins", {"*"}}}}, {"InvokeMode", "RESPONSE_STREAM"}}).body;
  restart();
  const json shown = send("GET", url_path).body;
  EXPECT_EQ(shown.at("FunctionUrl"), created.at("FunctionUrl"));
  EXPECT_EQ(shown.at("Cors"), created.at("Cors"));
  EXPECT_EQ(shown.at("InvokeMode"), created.at("InvokeMode"));
  EXPECT_EQ(shown.at("CreationTime"), created.at("CreationTime"));
}

TEST_F(UrlConfig, GoesWithItsFunction) {
  create();
  send("DELETE", "/2015-03-31/functions/f");
  host_->tell({published_key, VersionState::retired, {}, {}});
  settle();
  EXPECT_EQ(send("GET", url_path).message(), "The resource you requested does not exist.");
  EXPECT_EQ(send("GET", "/2021-10-31/functions/f/urls").message(), "Function does not exist");
}

TEST_F(UrlConfig, OfAFunctionThatIsNotThere) {
  const char* path = "/2021-10-31/functions/none/url";
  EXPECT_EQ(send("POST", path, {{"AuthType", "NONE"}}).message(), "Function does not exist");
  EXPECT_EQ(send("PUT", path, json::object()).message(), "Function does not exist");
  EXPECT_EQ(send("GET", path).message(), "The resource you requested does not exist.");
  EXPECT_EQ(send("DELETE", path).message(), "The resource you requested does not exist.");
}

TEST_F(UrlConfig, OfAnAliasThatIsNotThere) {
  EXPECT_EQ(send("POST", std::string{url_path} + "?Qualifier=live", {{"AuthType", "NONE"}}).message(),
            "Function does not exist");
}

TEST_F(UrlConfig, AnAliasHasOneOfItsOwn) {
  ASSERT_EQ(send("POST", "/2015-03-31/functions/f/versions").status, 201U);
  ASSERT_EQ(
      send("POST", "/2015-03-31/functions/f/aliases", {{"Name", "live"}, {"FunctionVersion", "1"}}).status,
      201U);
  const std::string path = std::string{url_path} + "?Qualifier=live";
  EXPECT_EQ(send("POST", path, {{"AuthType", "NONE"}}).status, 201U);
  EXPECT_EQ(send("GET", path).body.at("FunctionArn"),
            "arn:aws:lambda:us-east-1:000000000000:function:f:live");
  EXPECT_EQ(send("GET", url_path).status, 404U);
}

TEST_F(UrlConfig, VersionsHaveNone) {
  EXPECT_EQ(send("POST", std::string{url_path} + "?Qualifier=1", {{"AuthType", "NONE"}}).message(),
            "1 validation error detected: Value '1' at 'qualifier' failed to satisfy constraint: Member must "
            "satisfy "
            "regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)");
}

TEST_F(UrlConfig, ModesAreThoseOfTheModel) {
  const Answer answer = create({{"InvokeMode", "UNKNOWN"}});
  EXPECT_EQ(answer.status, 400U);
  EXPECT_NE(answer.message().find(
                "Value 'UNKNOWN' at 'invokeMode' failed to satisfy constraint: Member must satisfy "
                "enum value set: ["),
            std::string::npos);
}

TEST_F(UrlConfig, AreListed) {
  EXPECT_EQ(send("GET", "/2021-10-31/functions/f/urls").body.at("FunctionUrlConfigs"), json::array());
  create();
  const Answer listed = send("GET", "/2021-10-31/functions/f/urls");
  ASSERT_EQ(listed.body.at("FunctionUrlConfigs").size(), 1U);
  EXPECT_EQ(listed.body.at("FunctionUrlConfigs")[0], send("GET", url_path).body);
  EXPECT_FALSE(listed.body.contains("NextMarker"));
}

}  // namespace
}  // namespace lmi::emulator::control_plane
