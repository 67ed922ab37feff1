#include "lmi/base64.hpp"
#include "lmi/http.hpp"
#include "lmi/http_json.hpp"
#include "lmi/run.hpp"
#include "samples.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace lmi {
namespace {

using nlohmann::json;
using test::sample;
using Form = HttpAnswerForm;

constexpr std::array all_forms{Form::multi_value_headers, Form::payload_2, Form::load_balancer,
                               Form::load_balancer_multi_value};

json written(const HttpResponse& response, Form form) {
  return json::parse(write_http_response(response, form));
}

HttpResponse teapot() {
  HttpResponse response{
      .status = 201, .headers = {{"Vary", "Accept"}, {"X-A", "1"}, {"vary", "Origin"}}, .body = "hi"};
  response.headers.add("SET-COOKIE", "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT");
  response.cookies = {"b=2"};
  return response;
}

TEST(HttpResponse, AsARestApiReadsIt) {
  EXPECT_EQ(written(teapot(), Form::multi_value_headers), json::parse(R"({
    "statusCode": 201,
    "multiValueHeaders": {"Vary": ["Accept", "Origin"], "X-A": ["1"],
                          "set-cookie": ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"]},
    "body": "hi", "isBase64Encoded": false})"));
}

TEST(HttpResponse, AsAnHttpApiAndAFunctionUrlReadIt) {
  EXPECT_EQ(written(teapot(), Form::payload_2), json::parse(R"({
    "statusCode": 201,
    "headers": {"Vary": "Accept, Origin", "X-A": "1"},
    "cookies": ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"],
    "body": "hi", "isBase64Encoded": false})"));
}

TEST(HttpResponse, AsALoadBalancerWithMultiValueHeadersReadsIt) {
  EXPECT_EQ(written(teapot(), Form::load_balancer_multi_value), json::parse(R"({
    "statusCode": 201, "statusDescription": "201 Created",
    "multiValueHeaders": {"Vary": ["Accept", "Origin"], "X-A": ["1"],
                          "set-cookie": ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"]},
    "body": "hi", "isBase64Encoded": false})"));
}

TEST(HttpResponse, AsALoadBalancerWithoutMultiValueHeadersReadsIt) {
  EXPECT_EQ(written(teapot(), Form::load_balancer), json::parse(R"({
    "statusCode": 201, "statusDescription": "201 Created",
    "headers": {"Vary": "Accept, Origin", "X-A": "1",
                "set-cookie": "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "Set-cookie": "b=2"},
    "body": "hi", "isBase64Encoded": false})"));
}

TEST(HttpResponse, ALoadBalancerWithoutMultiValueHeadersGetsEachCookieUnderANameOfItsOwn) {
  HttpResponse response;
  for (int i = 0; i < 20; ++i) response.cookies.push_back("c" + std::to_string(i));
  const auto headers = written(response, Form::load_balancer)["headers"];
  std::set<std::string> values;
  for (const auto& [name, value] : headers.items()) values.insert(value.get<std::string>());
  EXPECT_EQ(headers.size(), 20U);
  EXPECT_EQ(values.size(), 20U);
}

TEST(HttpResponse, HasOnlyMembersTheFrontEndKnows) {
  const auto members = [](Form form) {
    std::set<std::string> names;
    const auto answer = written(HttpResponse::empty(), form);
    for (const auto& [name, value] : answer.items()) names.insert(name);
    return names;
  };
  // A REST API answers 502 to anything else.
  EXPECT_EQ(members(Form::multi_value_headers),
            (std::set<std::string>{"body", "isBase64Encoded", "multiValueHeaders", "statusCode"}));
  EXPECT_EQ(members(Form::payload_2),
            (std::set<std::string>{"body", "headers", "isBase64Encoded", "statusCode"}));
}

TEST(HttpResponse, StatusDescriptionsOfUnknownStatusesAreNotEmpty) {
  const auto described = [](int status) {
    return written({.status = status}, Form::load_balancer)["statusDescription"];
  };
  EXPECT_EQ(described(200), "200 OK");
  EXPECT_EQ(described(404), "404 Not Found");
  EXPECT_EQ(described(799), "799 Unknown");
}

struct BinaryCase {
  const char* name;
  std::string_view content_type;
  std::string_view body;
  bool binary;
};

TEST(HttpResponse, BodiesThatAreNotTextTravelAsBase64) {
  const std::array<BinaryCase, 14> cases{{
      {"text", "text/plain", "hi", false},
      {"no type", "", "hi", false},
      {"no type, not UTF-8", "", "\xFF\xD8", true},
      {"text that is not UTF-8", "text/plain; charset=iso-8859-1", "\xE4", true},
      {"json", "application/json", "{}", false},
      {"problem json", "application/problem+json; charset=utf-8", "{}", false},
      {"svg", "image/svg+xml", "<svg/>", false},
      {"form", "application/x-www-form-urlencoded", "a=1", false},
      {"image whose bytes happen to be text", "image/png", "abc", true},
      {"spelt otherwise", " IMAGE/PNG ", "abc", true},
      {"bytes", "application/octet-stream", "abc", true},
      {"unknown type, text", "application/x-thing", "abc", false},
      {"unknown type, not UTF-8", "application/x-thing", "\x80", true},
      {"empty image", "image/png", "", false},
  }};
  for (const auto& each : cases) {
    HttpResponse response{.body = std::string{each.body}};
    if (!each.content_type.empty()) response.headers.add("Content-Type", std::string{each.content_type});
    for (const auto form : all_forms) {
      const auto answer = written(response, form);
      EXPECT_EQ(answer["isBase64Encoded"], each.binary) << each.name;
      const auto body = answer["body"].get<std::string>();
      EXPECT_EQ(each.binary ? base64_decode(body).value() : body, each.body) << each.name;
    }
  }
}

TEST(HttpResponse, CompressedBodiesAreBinaryAndTheAuthorHasTheLastWord) {
  HttpResponse zipped{.headers = {{"content-encoding", "gzip"}}, .body = "abc"};
  EXPECT_EQ(written(zipped, Form::payload_2)["isBase64Encoded"], true);
  zipped.headers.set("content-encoding", "identity");
  EXPECT_EQ(written(zipped, Form::payload_2)["isBase64Encoded"], false);
  zipped.binary = true;
  EXPECT_EQ(written(zipped, Form::payload_2)["body"], "YWJj");
  const HttpResponse forced{.body = "\xFF", .binary = false};
  EXPECT_EQ(written(forced, Form::payload_2)["body"], "\xEF\xBF\xBD");
}

TEST(HttpResponse, WhatCannotBeSentIsAnError) {
  const std::array<HttpResponse, 7> wrong{{{.status = 99},
                                           {.status = 1000},
                                           {.headers = {{"", "x"}}},
                                           {.headers = {{"X-A", "1\r\nSet-Cookie: a=1"}}},
                                           {.headers = {{"X-A\n", "1"}}},
                                           {.headers = {{"X-A", std::string{'\0'}}}},
                                           {.cookies = {"a=1\nb"}}}};
  for (const auto& response : wrong) {
    try {
      static_cast<void>(write_http_response(response, Form::payload_2));
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_EQ(error.type, "InvalidResponse");
    }
  }
}

TEST(HttpResponse, Makers) {
  EXPECT_EQ(HttpResponse::text("a").headers.get("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(HttpResponse::html("a", 203).status, 203);
  EXPECT_EQ(HttpResponse::bytes("a", "image/png").headers.get("content-type"), "image/png");
  EXPECT_EQ(HttpResponse::redirect("/there").headers.get("location"), "/there");
  EXPECT_EQ(HttpResponse::empty().status, 204);
  EXPECT_EQ(json_response(json{{"a", 1}}, 201).body, R"({"a":1})");
}

TEST(HttpJson, ABodyThatIsNotWhatTheRouteTakesIsA400) {
  EXPECT_EQ(json_body<int>({.body = "7"}), 7);
  EXPECT_EQ(json_body({.body = "[1]"}), json::parse("[1]"));
  for (const auto* body : {"\"seven\"", "{", ""}) {
    try {
      static_cast<void>(json_body<int>({.body = body}));
      ADD_FAILURE() << body;
    } catch (const HttpError& error) {
      EXPECT_EQ(error.status, 400);
    }
  }
}

/// What run() makes of a handler and an event. The handler takes no context.
template <class Handler>
detail::Outcome call(Handler handler, std::string_view event) {
  const auto erased = detail::erase_blocking(std::move(handler));
  detail::Outcome outcome;
  alignas(Context) std::array<std::byte, sizeof(Context)> unused{};
  erased({.data = event, .content_type = {}}, *reinterpret_cast<Context*>(unused.data()), outcome);
  return outcome;
}

HttpResponse say_path(const HttpRequest& request) {
  return HttpResponse::text(request.path);
}

TEST(HttpHandlers, AnswerInTheFormOfTheirRequest) {
  const std::array<std::pair<const char*, const char*>, 5> samples{{
      {"aws-lambda-go/apigw-request.json", "multiValueHeaders"},
      {"aws-lambda-go/apigw-v2-request-iam.json", "headers"},
      {"aws-lambda-go/lambda-urls-request.json", "headers"},
      {"aws-lambda-go/alb-lambda-target-request-headers-only.json", "statusDescription"},
      {"aws-lambda-go/alb-lambda-target-request-multivalue-headers.json", "multiValueHeaders"},
  }};
  for (const auto& [file, member] : samples) {
    const auto event = sample(file);
    const auto answer = json::parse(call(say_path, event).answer.data);
    EXPECT_TRUE(answer.contains(member)) << file;
    EXPECT_EQ(answer["body"], parse_http_request(event).path) << file;
  }
}

TEST(HttpHandlers, MayTakeTheRequestApart) {
  const auto outcome = call([](HttpRequest request) { return HttpResponse{.body = std::move(request).body}; },
                            sample("aws-lambda-go/alb-lambda-target-request-multivalue-headers.json"));
  EXPECT_TRUE(json::parse(outcome.answer.data).contains("statusDescription"));
}

TEST(HttpHandlers, MayReturnAResult) {
  const auto event = sample("aws-lambda-go/apigw-request.json");
  const auto fine =
      call([](const HttpRequest&) -> Result<HttpResponse> { return HttpResponse::empty(); }, event);
  EXPECT_EQ(json::parse(fine.answer.data)["statusCode"], 204);
  const auto failed =
      call([](const HttpRequest&) -> Result<HttpResponse> { return Error{.type = "Broken", .message = "m"}; },
           event);
  ASSERT_TRUE(failed.error);
  EXPECT_EQ(failed.error->type, "Broken");
}

TEST(HttpHandlers, MayAnswerWithBytesOfTheirOwn) {
  const auto outcome = call([](const HttpRequest& request) { return request.method; },
                            sample("aws-lambda-go/apigw-request.json"));
  EXPECT_EQ(outcome.answer.data, "POST");
}

}  // namespace
}  // namespace lmi
