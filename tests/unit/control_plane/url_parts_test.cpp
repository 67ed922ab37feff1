// The pure parts of function URLs: addresses, events, responses, CORS.
#include "control_plane/url_address.hpp"
#include "control_plane/url_cors.hpp"
#include "control_plane/url_event.hpp"
#include "control_plane/url_response.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;
using namespace std::string_literals;

// ---- addresses ----

http::Head head_for(std::string host, std::string target, http::Headers extra = {}) {
  http::Head head{"GET", std::move(target), {{"Host", std::move(host)}}};
  for (const auto& [name, value] : extra) head.headers.add(name, value);
  return head;
}

TEST(UrlAddress, IsInTheHostName) {
  const auto address = url_address(head_for("AbC.Lambda-URL.us-east-1.localhost:9000", "/a%20b/?x=1&y"));
  ASSERT_TRUE(address);
  EXPECT_EQ(address->id, "abc");
  EXPECT_EQ(address->path, "/a%20b/");
  EXPECT_EQ(address->query, "x=1&y");
  EXPECT_EQ(address->domain, "abc.lambda-url.us-east-1.localhost");
  EXPECT_FALSE(address->in_path);
}

TEST(UrlAddress, OrInThePath) {
  const auto address = url_address(head_for("127.0.0.1:9000", "/lambda-url/abc/a/b?x=1"));
  ASSERT_TRUE(address);
  EXPECT_EQ(address->id, "abc");
  EXPECT_EQ(address->path, "/a/b");
  EXPECT_EQ(address->query, "x=1");
  EXPECT_TRUE(address->in_path);
  EXPECT_EQ(url_address(head_for("h", "/lambda-url/abc"))->path, "/");
  EXPECT_EQ(url_address(head_for("h", "/lambda-url/abc?x"))->query, "x");
}

TEST(UrlAddress, EverythingElseIsNone) {
  for (const char* host : {"localhost:9000", "abc.localhost", "lambda-url.us-east-1.localhost", "[::1]:9000",
                           "", "abc.lambda-url.us-east-1.localhost.evil.example",
                           "abc.lambda-url.us-east-1.on.aws", "abc.lambda-url.localhost"}) {
    EXPECT_FALSE(url_address(head_for(host, "/2015-03-31/functions"))) << host;
  }
}

TEST(UrlAddress, AUrlHasThePortItsReaderUses) {
  EXPECT_EQ(function_url("abc", "us-east-1", "127.0.0.1:9000"),
            "http://abc.lambda-url.us-east-1.localhost:9000/");
  EXPECT_EQ(function_url("abc", "us-east-1", "[::1]:9000"),
            "http://abc.lambda-url.us-east-1.localhost:9000/");
  EXPECT_EQ(function_url("abc", "us-east-1", "[::1]"), "http://abc.lambda-url.us-east-1.localhost/");
  EXPECT_EQ(function_url("abc", "us-east-1", "localhost"), "http://abc.lambda-url.us-east-1.localhost/");
}

// ---- events ----

json event_of(const http::Head& head, const std::string& body = {}, bool is_signed = false) {
  const auto address = *url_address(head);
  return json::parse(
      url_event({.address = address,
                 .head = head,
                 .body = body,
                 .request_id = "req-1",
                 .trace_id = "Root=1-x",
                 .account_id = "000000000000",
                 .is_signed = is_signed,
                 .time = std::chrono::system_clock::time_point{std::chrono::milliseconds{1583348638390}}}));
}

constexpr const char* host = "abc.lambda-url.us-east-1.localhost:9000";

TEST(UrlEvent, HasTheDocumentedMembers) {
  const auto event = event_of(head_for(host, "/my/path?parameter1=value1&parameter1=value2&parameter2=value",
                                       {{"User-Agent", "agent"},
                                        {"Header2", "value1"},
                                        {"header2", "value2"},
                                        {"Cookie", "cookie1=a; cookie2=b"}}));
  EXPECT_EQ(event.at("version"), "2.0");
  EXPECT_EQ(event.at("routeKey"), "$default");
  EXPECT_EQ(event.at("rawPath"), "/my/path");
  EXPECT_EQ(event.at("rawQueryString"), "parameter1=value1&parameter1=value2&parameter2=value");
  EXPECT_EQ(event.at("cookies"), (json{"cookie1=a", "cookie2=b"}));
  EXPECT_EQ(event.at("headers").at("header2"), "value1,value2");
  EXPECT_EQ(event.at("headers").at("x-amzn-trace-id"), "Root=1-x");
  EXPECT_FALSE(event.at("headers").contains("cookie"));
  EXPECT_EQ(event.at("queryStringParameters"),
            (json{{"parameter1", "value1,value2"}, {"parameter2", "value"}}));
  EXPECT_EQ(event.at("isBase64Encoded"), false);
  EXPECT_FALSE(event.contains("body"));
  const json& context = event.at("requestContext");
  EXPECT_EQ(context.at("accountId"), "anonymous");
  EXPECT_EQ(context.at("apiId"), "abc");
  EXPECT_EQ(context.at("domainName"), "abc.lambda-url.us-east-1.localhost");
  EXPECT_EQ(context.at("domainPrefix"), "abc");
  EXPECT_EQ(context.at("http"), (json{{"method", "GET"},
                                      {"path", "/my/path"},
                                      {"protocol", "HTTP/1.1"},
                                      {"sourceIp", "127.0.0.1"},
                                      {"userAgent", "agent"}}));
  EXPECT_EQ(context.at("requestId"), "req-1");
  EXPECT_EQ(context.at("stage"), "$default");
  EXPECT_EQ(context.at("time"), "04/Mar/2020:19:03:58 +0000");
  EXPECT_EQ(context.at("timeEpoch"), 1583348638390);
  EXPECT_FALSE(context.contains("authorizer"));
}

TEST(UrlEvent, LeavesOutWhatWasNotSent) {
  const auto event = event_of(head_for(host, "/"));
  EXPECT_EQ(event.at("rawQueryString"), "");
  EXPECT_FALSE(event.contains("cookies"));
  EXPECT_FALSE(event.contains("queryStringParameters"));
}

TEST(UrlEvent, DecodesParametersButNotThePath) {
  const auto event = event_of(head_for(host, "/a%2Fb?q=a+b%26&bad=%zz&flag&=v"));
  EXPECT_EQ(event.at("rawPath"), "/a%2Fb");
  EXPECT_EQ(event.at("queryStringParameters"),
            (json{{"q", "a b&"}, {"bad", "%zz"}, {"flag", ""}, {"", "v"}}));
}

TEST(UrlEvent, NamesWhoSigned) {
  const auto event = event_of(
      head_for(host, "/",
               {{"Authorization", "AWS4-HMAC-SHA256 Credential=AKID/2025/us-east-1/lambda/aws4_request"}}),
      {}, true);
  EXPECT_EQ(event.at("requestContext").at("accountId"), "000000000000");
  EXPECT_EQ(event.at("requestContext").at("authorizer").at("iam").at("accessKey"), "AKID");
}

TEST(UrlEvent, ABodyIsTextOrBase64ByItsType) {
  struct Case {
    std::string type;  // empty: none is sent
    std::string body;
    bool encoded;
  };
  const std::vector<Case> cases{{"text/plain", "text", false},
                                {"application/json; charset=utf-8", "{}", false},
                                {"APPLICATION/XML", "<a/>", false},
                                {"application/problem+json", "{}", false},
                                {"", "text", false},
                                {"", "\xff", true},
                                {"text/plain", "\xff", true},
                                {"application/octet-stream", "text", true},
                                {"multipart/form-data; boundary=x", "--x", true},
                                {"application/x-www-form-urlencoded", "a=1", true}};
  for (const auto& [type, body, encoded] : cases) {
    http::Headers extra;
    if (!type.empty()) extra.add("Content-Type", type);
    const auto event = event_of(head_for(host, "/", extra), body);
    EXPECT_EQ(event.at("isBase64Encoded"), encoded) << type;
    EXPECT_EQ(event.at("body") == body, !encoded) << type;
  }
}

TEST(UrlEvent, HeadersThatAreNoTextStillMakeAnEvent) {
  EXPECT_NO_THROW(event_of(head_for(host, "/\xff?\xff=\xfe", {{"X", "\xff"}})));
}

// ---- responses ----

TEST(UrlResponse, AnObjectWithAStatusCodeIsTheResponse) {
  const auto response = response_of(
      R"({"statusCode":201,"headers":{"My-Header":"v","Content-Type":"text/css","X-N":3,"Content-Length":"999"},
          "cookies":["a=1; Secure","b=2"],"body":"text"})",
      "application/json");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 201U);
  EXPECT_EQ(response->headers.get("My-Header"), "v");
  EXPECT_EQ(response->headers.get("Content-Type"), "text/css");
  EXPECT_EQ(response->headers.get("X-N"), "3");
  EXPECT_FALSE(response->headers.find("Content-Length")) << "the server's business";
  std::vector<std::string> cookies;
  for (const auto& [name, value] : response->headers) {
    if (name == "Set-Cookie") cookies.push_back(value);
  }
  EXPECT_EQ(cookies, (std::vector<std::string>{"a=1; Secure", "b=2"}));
  EXPECT_EQ(response->body, "text");
}

TEST(UrlResponse, DefaultsAreThoseOfAws) {
  const auto response = response_of(R"({"statusCode":"418"})", "application/json");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 418U);
  EXPECT_EQ(response->headers.get("Content-Type"), "application/json");
  EXPECT_EQ(response->body, "");
}

TEST(UrlResponse, Base64IsDecoded) {
  const auto response = response_of(R"({"statusCode":200,"body":"AP8=","isBase64Encoded":true})", "");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "\0\xff"s);
}

TEST(UrlResponse, EverythingElseIs200Json) {
  const std::vector<std::pair<std::string, std::string>> bodies{
      {R"({"hello":"world"})", R"({"hello":"world"})"},
      {R"(["hello",3,true])", R"(["hello",3,true])"},
      {R"("hello")", "hello"},
      {"3.1", "3.1"},
      {"true", "true"},
      {"", ""},
      {"no json", "no json"}};
  for (const auto& [payload, body] : bodies) {
    const auto response = response_of(payload, "application/octet-stream");
    ASSERT_TRUE(response) << payload;
    EXPECT_EQ(response->status, 200U) << payload;
    EXPECT_EQ(response->headers.get("Content-Type"), "application/json") << payload;
    EXPECT_EQ(response->body, body);
  }
}

TEST(UrlResponse, WhatLooksLikeAResponseAndIsNoneIsRefused) {
  for (const char* payload :
       {R"({"statusCode":"x"})", R"({"statusCode":99})", R"({"statusCode":600})", R"({"statusCode":100})",
        R"({"statusCode":4294967496})", R"({"statusCode":null})", R"({"statusCode":200,"headers":["a"]})",
        R"({"statusCode":200,"headers":{"a":[1]}})", R"({"statusCode":200,"headers":{"a\r\nb":"c"}})",
        R"({"statusCode":200,"headers":{"":"c"}})", R"({"statusCode":200,"cookies":"a"})",
        R"({"statusCode":200,"body":"?","isBase64Encoded":true})",
        R"({"statusCode":200,"body":"x","isBase64Encoded":"yes"})"}) {
    EXPECT_FALSE(response_of(payload, "application/json")) << payload;
  }
}

TEST(UrlResponse, ANestingThatCannotBeTakenApartIsRefusedOrHandedOn) {
  const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  for (const char* member : {"body", "headers", "cookies", "statusCode"}) {
    const std::string payload =
        R"({"statusCode":200,")" + std::string{member} + R"(":)" + nested(500'000) + "}";
    EXPECT_FALSE(response_of(payload, "")) << member;
    if (member == "body"s) continue;  // a prelude has none
    PreludeReader reader;
    const auto read =
        reader.feed("{\"" + std::string{member} + "\":" + nested(30'000) + "}" + std::string(8, '\0'));
    EXPECT_EQ(read, PreludeReader::State::malformed) << member;
  }
  EXPECT_EQ(response_of(R"({"statusCode":200,"body":)" + nested(150) + "}", "")->body, nested(150));
  // What is no response is the body, whatever it looks like.
  EXPECT_EQ(response_of(nested(500'000), "")->body, nested(500'000));
}

TEST(UrlResponse, AStreamedAnswerThatWasGatheredHasItsPrelude) {
  const auto response = response_of("{\"statusCode\":202,\"headers\":{\"A\":\"b\"}}\0\0\0\0\0\0\0\0body"s,
                                    http_integration_type);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 202U);
  EXPECT_EQ(response->headers.get("A"), "b");
  EXPECT_EQ(response->body, "body");
  EXPECT_FALSE(response_of("{}", http_integration_type));
}

TEST(UrlPrelude, IsReadByteByByte) {
  PreludeReader reader;
  const std::string bytes = "{\"statusCode\":206,\"cookies\":[\"a=1\"]}\0\0\0\0\0\0\0\0"s;
  for (std::size_t at = 0; at + 1 < bytes.size(); ++at) {
    ASSERT_EQ(reader.feed(bytes.substr(at, 1)), PreludeReader::State::incomplete);
  }
  ASSERT_EQ(reader.feed(bytes.substr(bytes.size() - 1)), PreludeReader::State::complete);
  const auto head = reader.take();
  EXPECT_EQ(head.status, 206U);
  EXPECT_EQ(head.headers.get("Set-Cookie"), "a=1");
  EXPECT_EQ(head.headers.get("Content-Type"), "application/octet-stream");
  EXPECT_EQ(head.body, "");
}

TEST(UrlPrelude, ThatIsNoneIsMalformed) {
  EXPECT_EQ(PreludeReader{}.feed("[]\0\0\0\0\0\0\0\0"s), PreludeReader::State::malformed);
  EXPECT_EQ(PreludeReader{}.feed("{\"statusCode\":7}\0\0\0\0\0\0\0\0"s), PreludeReader::State::malformed);
  EXPECT_EQ(PreludeReader{}.feed(std::string(PreludeReader::max_bytes + 1, ' ')),
            PreludeReader::State::malformed);
}

// ---- CORS ----

http::Head preflight(const char* origin, const char* method) {
  http::Head head = head_for(host, "/", {{"Origin", origin}, {"Access-Control-Request-Method", method}});
  head.method = "OPTIONS";
  return head;
}

model::UrlCors cors_for(std::vector<std::string> origins, bool credentials = false) {
  model::UrlCors cors;
  cors.allow_origins = std::move(origins);
  cors.allow_methods = {"GET", "POST"};
  cors.allow_headers = {"x-one", "x-two"};
  cors.expose_headers = {"x-three"};
  cors.max_age = 60;
  if (credentials) cors.allow_credentials = true;
  return cors;
}

TEST(UrlCors, APreflightIsAnsweredByTheConfiguration) {
  const http::Head head = preflight("https://a.example", "POST");
  ASSERT_TRUE(is_preflight(head));
  const auto response = preflight_response(cors_for({"https://a.example"}, true), head);
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Methods"), "GET,POST");
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Headers"), "x-one,x-two");
  EXPECT_EQ(response.headers.get("Access-Control-Max-Age"), "60");
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Credentials"), "true");
}

TEST(UrlCors, APageFromElsewhereGetsNoPermission) {
  const auto response =
      preflight_response(cors_for({"https://a.example"}), preflight("https://b.example", "POST"));
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.headers.begin(), response.headers.end());
}

TEST(UrlCors, AMethodThatIsNotListedIsNotAllowed) {
  const auto response = preflight_response(cors_for({"*"}), preflight("https://b.example", "DELETE"));
  EXPECT_EQ(response.headers.get("Access-Control-Allow-Origin"), "*");
  EXPECT_FALSE(response.headers.find("Access-Control-Allow-Methods"));
}

TEST(UrlCors, ReplacesWhatTheFunctionSaid) {
  http::Headers headers{{"access-control-allow-origin", "https://function.example"},
                        {"Access-Control-Expose-Headers", "x-own"}};
  add_cors(cors_for({"*"}), "https://a.example", headers);
  EXPECT_EQ(headers.get("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(headers.get("Access-Control-Expose-Headers"), "x-three");
}

TEST(UrlCors, EverybodyWithCredentialsIsTheOneWhoAsks) {
  http::Headers headers;
  add_cors(cors_for({"*"}, true), "https://a.example", headers);
  EXPECT_EQ(headers.get("Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_EQ(headers.get("Vary"), "Origin");
}

TEST(UrlCors, WhoIsNoWebPageNeedsNone) {
  http::Headers headers;
  add_cors(cors_for({"*"}), "", headers);
  EXPECT_EQ(headers.begin(), headers.end());
  EXPECT_FALSE(is_preflight(head_for(host, "/")));
}

}  // namespace
}  // namespace lmi::emulator::control_plane
