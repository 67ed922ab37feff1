#include "fixture.hpp"
#include "model/base64.hpp"
#include "support/zip_builder.hpp"

#include <utility>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;
using Pending = std::shared_ptr<std::optional<Answer>>;

constexpr const char* code_path = "/2015-03-31/functions/f/code";

class CodeInBuckets : public ControlPlaneTest {
 protected:
  static json object(const json& more = json::object()) {
    json code = {{"S3Bucket", "bucket"}, {"S3Key", "dir/my package+1.zip"}};
    code.update(more);
    return code;
  }
  Pending create(const json& code) {
    json request = function_request();
    request["Code"] = code;
    return start("POST", functions_path, request.dump());
  }
  std::shared_ptr<test::FakeClient::Request> fetched() {
    loop_.run_until([this] { return !client_.requests.empty(); });
    auto taken = client_.take();
    if (!taken) throw std::runtime_error{"nothing was fetched"};
    return taken;
  }
  static void give(test::FakeClient::Request& request, std::string body, unsigned status = 200) {
    std::exchange(request.done, nullptr)({.status = status, .body = std::move(body)});
  }
  static std::string zip(const std::string& content = {}) {
    const auto bytes = model::base64_decode(package(content)).value();
    return {bytes.begin(), bytes.end()};
  }
  static std::string layer() {
    const auto bytes = test::make_zip({{"data", "1"}});
    return {bytes.begin(), bytes.end()};
  }
  const Answer& wait(const Pending& answer) {
    loop_.run_until([&answer] { return answer->has_value(); });
    return **answer;
  }
};

TEST_F(CodeInBuckets, AFunctionIsCreatedFromOne) {
  create_provider();
  const Pending answer = create(object({{"S3ObjectVersion", "v/1"}}));
  const auto request = fetched();
  EXPECT_FALSE(*answer) << "the code is not there yet";
  EXPECT_EQ(request->request.method, "GET");
  EXPECT_EQ(request->request.host, "s3");
  EXPECT_EQ(request->request.port, 9000);
  EXPECT_EQ(request->request.target, "/base/bucket/dir/my%20package%2B1.zip?versionId=v%2F1");
  EXPECT_NE(request->request.headers.get("Authorization").find("/us-east-1/s3/"), std::string_view::npos);
  EXPECT_EQ(request->request.max_answer_bytes, 262144000U);

  const std::string bytes = zip();
  give(*request, bytes);
  const Answer& created = wait(answer);
  ASSERT_EQ(created.status, 201U) << created.text;
  const Answer twin =
      create_function({{"FunctionName", "g"}, {"Code", {{"ZipFile", model::base64_encode(bytes)}}}});
  EXPECT_EQ(created.body.at("CodeSha256"), twin.body.at("CodeSha256")) << "sent with the request";
  EXPECT_EQ(created.body.at("CodeSize"), twin.body.at("CodeSize"));
}

TEST_F(CodeInBuckets, AFunctionGetsOtherCodeFromOne) {
  create_provider();
  create_function();
  settle();
  const json before = configuration().at("CodeSha256");
  const Pending answer = start("PUT", code_path, object().dump());
  give(*fetched(), zip("other"));
  ASSERT_EQ(wait(answer).status, 200U) << wait(answer).text;
  EXPECT_NE(configuration().at("CodeSha256"), before);
}

TEST_F(CodeInBuckets, AFunctionThatIsGoneWhenItsCodeComesIsNotFound) {
  create_provider();
  create_function();
  settle();
  const Pending answer = start("PUT", code_path, object().dump());
  const auto request = fetched();
  send("DELETE", "/2015-03-31/functions/f");
  settle();
  give(*request, zip("other"));
  EXPECT_EQ(wait(answer).error(), "ResourceNotFoundException");
}

TEST_F(CodeInBuckets, ANameThatIsTakenWhenTheCodeComesIsAConflict) {
  create_provider();
  const Pending answer = create(object());
  const auto request = fetched();
  ASSERT_EQ(create_function().status, 201U);
  give(*request, zip());
  EXPECT_EQ(wait(answer).error(), "ResourceConflictException");
}

TEST_F(CodeInBuckets, ALayerVersionIsPublishedFromOne) {
  const Pending answer =
      start("POST", "/2018-10-31/layers/tools/versions", json{{"Content", object()}}.dump());
  give(*fetched(), layer());
  ASSERT_EQ(wait(answer).status, 201U) << wait(answer).text;
  EXPECT_EQ(wait(answer).body.at("Version"), 1);
}

TEST_F(CodeInBuckets, WhatTheBucketRefusesIsSaidAsRecorded) {
  create_provider();
  const std::pair<const char*, const char*> refusals[] = {
      {"NoSuchBucket", "The specified bucket does not exist"},
      {"NoSuchKey", "The specified key does not exist."}};
  for (const auto& [code, message] : refusals) {
    const Pending answer = create(object());
    give(*fetched(),
         "<?xml version=\"1.0\"?><Error><Code>" + std::string{code} + "</Code><Message>" + message +
             "</Message></Error>",
         404);
    EXPECT_EQ(wait(answer).status, 400U);
    EXPECT_EQ(wait(answer).error(), "InvalidParameterValueException");
    EXPECT_EQ(wait(answer).message(), "Error occurred while GetObject. S3 Error Code: " + std::string{code} +
                                          ". S3 Error Message: " + message);
  }
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f").status, 404U);
}

TEST_F(CodeInBuckets, AServerThatGivesNothingUsableIsNamed) {
  create_provider();
  const Pending unreachable = create(object());
  fetched()->fail("no connection: refused");
  EXPECT_EQ(wait(unreachable).message(),
            "s3://bucket/dir/my package+1.zip could not be fetched from s3:9000: no connection: refused.");
  const Pending odd = create(object());
  give(*fetched(), "<html>", 502);
  EXPECT_EQ(wait(odd).message(),
            "s3://bucket/dir/my package+1.zip could not be fetched from s3:9000: it answered 502.");
  const Pending no_zip = create(object());
  give(*fetched(), "no zip");
  EXPECT_EQ(wait(no_zip).message(),
            "Could not unzip uploaded file. Please check your file, then try to upload again.");
}

TEST_F(CodeInBuckets, WithoutAnEndpointTheOptionIsNamed) {
  s3_endpoint_.reset();
  restart();
  create_provider();
  const Pending answer = create(object());
  EXPECT_EQ(wait(answer).error(), "InvalidParameterValueException");
  EXPECT_NE(wait(answer).message().find("--s3-endpoint URL"), std::string::npos);
  EXPECT_TRUE(client_.requests.empty());
}

TEST_F(CodeInBuckets, ABucketIsNamedWholeAndAlone) {
  create_provider();
  EXPECT_EQ(wait(create({{"S3Bucket", "bucket"}})).message(),
            "Code in a bucket is named by both S3Bucket and S3Key.");
  EXPECT_EQ(wait(create(object({{"ZipFile", package()}}))).error(), "InvalidParameterValueException");
  EXPECT_TRUE(client_.requests.empty());
}

}  // namespace
}  // namespace lmi::emulator::control_plane
