// Requests to function URLs: who may, what the function gets, what the client gets.
#include "control_plane/url_response.hpp"
#include "fixture.hpp"

#include <utility>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;
using namespace std::string_literals;

const std::string prelude_type = "application/vnd.awslambda.http-integration-response";

class UrlGatewayTest : public ControlPlaneTest {
 protected:
  using Pending = std::shared_ptr<std::optional<Answer>>;

  void create(json changes = json::object()) {
    create_published_function();
    json request = {{"AuthType", "NONE"}};
    request.merge_patch(changes);
    const std::string url = send("POST", "/2021-10-31/functions/f/url", request).body.at("FunctionUrl");
    host_name_ = url.substr(7, url.size() - 8);
  }
  std::string id() const { return host_name_.substr(0, 32); }

  http::Head request(std::string method, std::string target, http::Headers extra = {}) {
    http::Head head{std::move(method), std::move(target), {{"Host", host_name_}}};
    for (const auto& [name, value] : extra) head.headers.add(name, value);
    return head;
  }
  /// A request that reaches the function, and is taken there.
  Pending call(http::Head head, const std::string& body = {}) {
    auto answer = start_head(std::move(head), body);
    loop_.run_until([this] { return !host_->calls.empty(); });
    invoked_ = std::move(host_->calls.front());
    host_->calls.pop_front();
    return answer;
  }
  void succeed(std::string body, std::string type = "application/json") {
    InvokeReply reply;
    reply.content_type = std::move(type);
    reply.body = std::move(body);
    invoked_.done(std::move(reply));
  }
  void fail(std::string error_type) {
    InvokeReply reply;
    reply.kind = InvokeReply::Kind::function_error;
    reply.error_type = std::move(error_type);
    reply.body = "{}";
    invoked_.done(std::move(reply));
  }
  void stream(const std::string& type, const std::vector<std::string>& pieces) {
    invoked_.call.sink->begin(type);
    for (const std::string& piece : pieces) invoked_.call.sink->piece(piece, [this] { ++mores_; });
  }

  std::string host_name_;
  FakeHost::Invoked invoked_;
  int mores_ = 0;
};

TEST_F(UrlGatewayTest, ARequestBecomesAnEventAndTheAnswerAResponse) {
  create();
  const Pending answer = call(request("POST", "/a/b?x=1", {{"Content-Type", "text/plain"}}), "hello");
  EXPECT_EQ(invoked_.key, published_key);
  EXPECT_FALSE(invoked_.call.sink);
  const json event = json::parse(invoked_.call.payload);
  EXPECT_EQ(event.at("rawPath"), "/a/b");
  EXPECT_EQ(event.at("body"), "hello");
  EXPECT_EQ(event.at("requestContext").at("requestId"), invoked_.call.request_id);

  succeed(R"({"statusCode":201,"body":"done","headers":{"Content-Type":"text/plain"}})");
  ASSERT_TRUE(*answer);
  EXPECT_EQ((*answer)->status, 201U);
  EXPECT_EQ((*answer)->text, "done");
  EXPECT_EQ((*answer)->header("Content-Type"), "text/plain");
  EXPECT_EQ((*answer)->header("x-amzn-RequestId"), invoked_.call.request_id);
  EXPECT_FALSE((*answer)->headers.find("Content-Security-Policy"));
}

TEST_F(UrlGatewayTest, ThePathFormIsTheSame) {
  create();
  http::Head head{"GET", "/lambda-url/" + id() + "/a?x=1", {{"Host", "127.0.0.1:9400"}}};
  const Pending answer = call(std::move(head));
  EXPECT_EQ(json::parse(invoked_.call.payload).at("rawPath"), "/a");
  succeed("{}");
  EXPECT_EQ((*answer)->status, 200U);
  EXPECT_EQ((*answer)->header("Content-Security-Policy"), "sandbox allow-scripts allow-forms");
}

TEST_F(UrlGatewayTest, EveryPathBelongsToTheFunction) {
  create();
  for (const char* target : {"/2015-03-31/functions", "/_lmi/environments", "/lambda-url/x/y"}) {
    const Pending answer = call(request("GET", target));
    EXPECT_EQ(json::parse(invoked_.call.payload).at("rawPath"), target);
    succeed("{}");
  }
}

TEST_F(UrlGatewayTest, AnUnknownUrlIsForbiddenAsOnAws) {
  create();
  host_name_ = "0123456789abcdefghijklmnopqrstuv.lambda-url.us-east-1.localhost:9400";
  const Answer answer = send_head(request("GET", "/"), "");
  EXPECT_EQ(answer.status, 403U);
  EXPECT_EQ(answer.text, R"({"Message":null})");
  EXPECT_EQ(answer.error(), "AccessDeniedException");
  EXPECT_EQ(answer.header("Content-Type"), "application/json");
}

TEST_F(UrlGatewayTest, ADeletedUrlIsUnknown) {
  create();
  send("DELETE", "/2021-10-31/functions/f/url");
  EXPECT_EQ(send_head(request("GET", "/"), "").text, R"({"Message":null})");
}

TEST_F(UrlGatewayTest, AWebPageMayCallAnOpenUrl) {
  create();
  const Pending answer = call(request("GET", "/", {{"Origin", "https://page.example"}}));
  succeed("{}");
  EXPECT_EQ((*answer)->status, 200U);
  EXPECT_FALSE((*answer)->headers.find("Access-Control-Allow-Origin")) << "nothing is configured";
}

TEST_F(UrlGatewayTest, AWebPageMayCallNothingElse) {
  create({{"AuthType", "AWS_IAM"}});
  http::Headers page = signed_headers();
  page.remove("Host");
  page.add("Origin", "https://page.example");
  const Answer refused = send_head(request("GET", "/", page), "");
  EXPECT_EQ(refused.status, 403U);
  EXPECT_EQ(refused.text, forbidden_text);
  EXPECT_EQ(
      send_head({"GET", functions_path, {{"Host", "localhost"}, {"Origin", "https://page.example"}}}, "")
          .status,
      403U);
  EXPECT_TRUE(host_->calls.empty());
}

TEST_F(UrlGatewayTest, APathUnderAForeignHostIsRefused) {
  create();
  const Answer refused =
      send_head({"GET", "/lambda-url/" + id() + "/", {{"Host", "rebound.example:9400"}}}, "");
  EXPECT_EQ(refused.status, 403U);
  EXPECT_NE(refused.message().find("rebound.example"), std::string::npos);
  EXPECT_TRUE(host_->calls.empty());
}

TEST_F(UrlGatewayTest, IamNeedsASignature) {
  create({{"AuthType", "AWS_IAM"}});
  const Answer refused = send_head(request("GET", "/"), "");
  EXPECT_EQ(refused.status, 403U);
  EXPECT_EQ(refused.text, forbidden_text);
  EXPECT_EQ(refused.error(), "AccessDeniedException");

  http::Headers headers = signed_headers();
  headers.remove("Host");
  call(request("GET", "/", headers));
  const json context = json::parse(invoked_.call.payload).at("requestContext");
  EXPECT_EQ(context.at("authorizer").at("iam").at("accessKey"), "AKID");
}

TEST_F(UrlGatewayTest, APreflightIsNotTheFunctionsBusiness) {
  create({{"Cors", {{"AllowOrigins", {"https://page.example"}}, {"AllowMethods", {"*"}}}}});
  const Answer answer =
      send_head(request("OPTIONS", "/",
                        {{"Origin", "https://page.example"}, {"Access-Control-Request-Method", "POST"}}),
                "");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "https://page.example");
  EXPECT_EQ(answer.header("Access-Control-Allow-Methods"), "*");
  EXPECT_TRUE(host_->calls.empty());
}

TEST_F(UrlGatewayTest, WithoutConfigurationOptionsGoToTheFunction) {
  create();
  call(request("OPTIONS", "/",
               {{"Origin", "https://page.example"}, {"Access-Control-Request-Method", "POST"}}));
  EXPECT_EQ(json::parse(invoked_.call.payload).at("requestContext").at("http").at("method"), "OPTIONS");
}

TEST_F(UrlGatewayTest, CorsHeadersAreOnErrorsToo) {
  create({{"Cors", {{"AllowOrigins", {"*"}}}}});
  const Pending answer = call(request("GET", "/", {{"Origin", "https://page.example"}}));
  fail("Function.Broken");
  EXPECT_EQ((*answer)->status, 502U);
  EXPECT_EQ((*answer)->header("Access-Control-Allow-Origin"), "*");
}

TEST_F(UrlGatewayTest, AFailedFunctionIsABadGateway) {
  create();
  const Pending answer = call(request("GET", "/"));
  fail("Function.Broken");
  EXPECT_EQ((*answer)->status, 502U);
  EXPECT_EQ((*answer)->text, "Internal Server Error");
}

TEST_F(UrlGatewayTest, SoIsAnAnswerThatIsNoResponse) {
  create();
  const Pending answer = call(request("GET", "/"));
  succeed(R"({"statusCode":"many"})");
  EXPECT_EQ((*answer)->status, 502U);
}

TEST_F(UrlGatewayTest, ATimeoutIsAGatewayTimeout) {
  create();
  const Pending answer = call(request("GET", "/"));
  fail("Sandbox.Timedout");
  EXPECT_EQ((*answer)->status, 504U);
}

TEST_F(UrlGatewayTest, AThrottleIs429) {
  create();
  const Pending answer = call(request("GET", "/"));
  InvokeReply reply;
  reply.kind = InvokeReply::Kind::throttled;
  invoked_.done(std::move(reply));
  EXPECT_EQ((*answer)->status, 429U);
  EXPECT_EQ((*answer)->error(), "TooManyRequestsException");
}

TEST_F(UrlGatewayTest, ARequestOverSixMebibytesIs413) {
  create();
  const Pending whole = start_head(request("POST", "/"), std::string(6291457, 'x'));
  loop_.run_until([&] { return whole->has_value(); });
  EXPECT_EQ((*whole)->status, 413U);
  // In base64 the event is over the limit, though the body is not.
  const Pending encoded =
      start_head(request("POST", "/", {{"Content-Type", "image/png"}}), std::string(6000000, 'x'));
  loop_.run_until([&] { return encoded->has_value(); });
  EXPECT_EQ((*encoded)->status, 413U);
  EXPECT_TRUE(host_->calls.empty());
}

TEST_F(UrlGatewayTest, AFunctionThatIsNotPublishedIsNotInvoked) {
  create();
  send("DELETE", "/2015-03-31/functions/f?Qualifier=%24LATEST.PUBLISHED");
  host_->tell({published_key, VersionState::retired, {}, {}});
  flush();
  EXPECT_EQ(send_head(request("GET", "/"), "").status, 400U);
}

// ---- RESPONSE_STREAM ----

class UrlStreaming : public UrlGatewayTest {
 protected:
  void SetUp() override { create({{"InvokeMode", "RESPONSE_STREAM"}}); }
};

TEST_F(UrlStreaming, PiecesLeaveAsTheyCome) {
  const Pending answer = call(request("GET", "/"));
  stream("text/event-stream", {"one"});
  ASSERT_TRUE(*answer);
  EXPECT_EQ((*answer)->status, 200U);
  EXPECT_EQ((*answer)->header("Content-Type"), "text/event-stream");
  EXPECT_EQ((*answer)->text, "one");
  EXPECT_EQ(mores_, 0);
  (*answer)->mores.at(0)();
  EXPECT_EQ(mores_, 1);
  succeed("");
  EXPECT_EQ((*answer)->stream, Answer::Stream::finished);
}

TEST_F(UrlStreaming, APreludeBecomesStatusHeadersAndCookies) {
  const Pending answer = call(request("GET", "/"));
  stream(prelude_type, {"{\"statusCode\":203,\"headers\":{\"X-A\":\"b\"},", "\"cookies\":[\"c=d\"]}\0\0\0"s});
  EXPECT_FALSE(*answer);
  EXPECT_EQ(mores_, 2) << "what is only gathered is taken at once";
  invoked_.call.sink->piece("\0\0\0\0\0first"s, [] {});
  ASSERT_TRUE(*answer);
  EXPECT_EQ((*answer)->status, 203U);
  EXPECT_EQ((*answer)->header("X-A"), "b");
  EXPECT_EQ((*answer)->header("Set-Cookie"), "c=d");
  EXPECT_EQ((*answer)->text, "first");
  succeed("");
  EXPECT_EQ((*answer)->stream, Answer::Stream::finished);
}

TEST_F(UrlStreaming, AnAnswerThatIsNotStreamedIsNotInterpreted) {
  const Pending answer = call(request("GET", "/"));
  succeed(R"({"statusCode":201,"body":"text"})");
  EXPECT_EQ((*answer)->status, 200U);
  EXPECT_EQ((*answer)->text, R"({"statusCode":201,"body":"text"})");
  EXPECT_EQ((*answer)->stream, Answer::Stream::finished);
}

TEST_F(UrlStreaming, AFailureBeforeTheFirstByteIsABadGateway) {
  const Pending answer = call(request("GET", "/"));
  fail("Function.Broken");
  EXPECT_EQ((*answer)->status, 502U);
  EXPECT_EQ((*answer)->stream, Answer::Stream::none);
}

TEST_F(UrlStreaming, SoIsOneInThePrelude) {
  const Pending answer = call(request("GET", "/"));
  stream(prelude_type, {"{\"statusCode\":"});
  fail("Function.Broken");
  EXPECT_EQ((*answer)->status, 502U);
}

TEST_F(UrlStreaming, AStreamThatEndsInThePreludeIsNone) {
  const Pending answer = call(request("GET", "/"));
  stream(prelude_type, {"{}"});
  succeed("");
  EXPECT_EQ((*answer)->status, 502U);
}

TEST_F(UrlStreaming, ABadPreludeIsABadGatewayAndTheRestIsDropped) {
  const Pending answer = call(request("GET", "/"));
  stream(prelude_type, {"[]\0\0\0\0\0\0\0\0"s, "more"});
  EXPECT_EQ((*answer)->status, 502U);
  EXPECT_EQ(mores_, 2);
  succeed("");
  EXPECT_EQ((*answer)->text, "Internal Server Error");
}

TEST_F(UrlStreaming, AFailureInMidStreamBreaksTheResponseOff) {
  const Pending answer = call(request("GET", "/"));
  stream("text/plain", {"begun"});
  fail("Function.Broken");
  EXPECT_EQ((*answer)->text, "begun");
  EXPECT_EQ((*answer)->stream, Answer::Stream::broken);
}

}  // namespace
}  // namespace lmi::emulator::control_plane
