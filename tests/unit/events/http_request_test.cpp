#include "lmi/http.hpp"
#include "samples.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace lmi {
namespace {

using test::problem_of;
using test::sample;
using Values = std::vector<std::string_view>;

/// Parsed together with the text, which raw_event looks at.
struct Parsed {
  std::string text;
  HttpRequest request;
  explicit Parsed(std::string event) : text{std::move(event)}, request{parse_http_request(text)} {}
  const HttpRequest* operator->() const { return &request; }
};

std::string rest(const std::string& members) {
  return R"({"resource":"/x","httpMethod":"GET","path":"/x","requestContext":{"stage":"prod"},)" + members +
         "}";
}
std::string balancer(const std::string& members) {
  return R"({"requestContext":{"elb":{}},"httpMethod":"GET","path":"/x",)" + members + "}";
}
std::string payload_2(const std::string& domain, const std::string& stage, const std::string& members) {
  return R"({"version":"2.0","requestContext":{"http":{"method":"GET"},"stage":")" + stage +
         R"(","domainName":")" + domain + "\"}," + members + "}";
}

TEST(HttpRequest, RestApi) {
  const Parsed request{sample("aws-lambda-go/apigw-request.json")};
  EXPECT_EQ(request->front_end, FrontEnd::rest_api);
  EXPECT_EQ(request->answer_form, HttpAnswerForm::multi_value_headers);
  EXPECT_EQ(request->method, "POST");
  EXPECT_EQ(request->path, "/hello/world");
  EXPECT_EQ(request->raw_path, "/hello/world");
  EXPECT_EQ(request->query, (HttpQuery{{"name", "me"}}));
  EXPECT_EQ(request->headers.get("content-type"), "application/json");
  EXPECT_EQ(request->headers.get("HEADERNAME"), "headerValue");
  EXPECT_EQ(request->path_parameter("proxy"), "hello/world");
  EXPECT_EQ(request->path_parameter("nothing"), "");
  EXPECT_EQ(request->route, "/{proxy+}");
  EXPECT_EQ(request->stage, "testStage");
  EXPECT_EQ(request->source_ip, "192.168.196.186");
  EXPECT_EQ(request->request_id, "deef4878-7910-11e6-8f14-25afc3e9ae33");
  EXPECT_EQ(request->body, "{\r\n\t\"a\": 1\r\n}");
  EXPECT_EQ(request->raw_event.data(), request.text.data());
}

TEST(HttpRequest, RestApiRepeatsHeadersAndParameters) {
  const Parsed request{sample("aws_lambda_events/example-apigw-request-multi-value-parameters.json")};
  EXPECT_EQ(request->headers.get_all("headername"), (Values{"headerValue", "headerValue2"}));
  EXPECT_EQ(request->query.get_all("name"), (Values{"me", "me2"}));
}

TEST(HttpRequest, RestApiLeavesOutWhatItHasNot) {
  const Parsed request{sample("aws_lambda_events/example-apigw-console-test-request.json")};
  EXPECT_TRUE(request->headers.empty());
  EXPECT_TRUE(request->query.empty());
  EXPECT_TRUE(request->path_parameters.empty());
  EXPECT_EQ(request->path, "/myPath");
  EXPECT_EQ(
      Parsed { sample("aws_lambda_events/example-apigw-sam-rest-request.json") } -> body, "");
  EXPECT_EQ(
      Parsed { sample("aws-lambda-go/apigw-restapi-openapi-request.json") } -> front_end, FrontEnd::rest_api);
}

TEST(HttpRequest, HttpApi) {
  const Parsed request{sample("aws-lambda-go/apigw-v2-request-iam.json")};
  EXPECT_EQ(request->front_end, FrontEnd::http_api);
  EXPECT_EQ(request->answer_form, HttpAnswerForm::payload_2);
  EXPECT_EQ(request->method, "GET");
  EXPECT_EQ(request->path, "/my/path");
  EXPECT_EQ(request->query,
            (HttpQuery{{"parameter1", "value1"}, {"parameter1", "value2"}, {"parameter2", "value"}}));
  EXPECT_EQ(request->cookies, (HttpCookies{{"cookie1", ""}, {"cookie2", ""}}));
  EXPECT_EQ(request->headers.get("cookie"), "cookie1; cookie2");
  EXPECT_EQ(request->headers.get("header1"), "value1");
  EXPECT_EQ(request->path_parameter("proxy"), "hello/world");
  EXPECT_EQ(request->stage, "$default");
  EXPECT_EQ(request->route, "$default");
  EXPECT_EQ(request->source_ip, "IP");
  EXPECT_EQ(request->request_id, "id");
  EXPECT_EQ(request->body, "{\r\n\t\"a\": 1\r\n}");
}

TEST(HttpRequest, OtherHttpApiEvents) {
  EXPECT_EQ(
      Parsed { sample("aws-lambda-go/apigw-v2-request-no-authorizer.json") } -> path, "/");
  EXPECT_EQ(
      Parsed { sample("aws-lambda-go/apigw-v2-request-jwt-authorizer.json") } -> front_end,
      FrontEnd::http_api);
  const Parsed multiple{sample("aws_lambda_events/example-apigw-v2-request-multi-value-parameters.json")};
  EXPECT_EQ(multiple->query.get_all("Parameter1"), (Values{"value1", "value2"}));
  EXPECT_EQ(multiple->headers.get_all("header2"), (Values{"value1,value2"}));
  const Parsed nulls{
      sample("aws_lambda_events/example-apigw-v2-custom-authorizer-v2-request-null-maps.json")};
  EXPECT_EQ(nulls->query.size(), 3U);
  EXPECT_TRUE(nulls->path_parameters.empty());
  EXPECT_EQ(
      Parsed { sample("aws_lambda_events/example-apigw-sam-http-request.json") } -> query.get("foo"), "bar");
}

TEST(HttpRequest, FunctionUrl) {
  const Parsed request{sample("aws-lambda-go/lambda-urls-request.json")};
  EXPECT_EQ(request->front_end, FrontEnd::function_url);
  EXPECT_EQ(request->answer_form, HttpAnswerForm::payload_2);
  EXPECT_EQ(request->method, "POST");
  EXPECT_EQ(request->path, "/my/path");
  EXPECT_EQ(request->query.get_all("parameter1"), (Values{"value1", "value2"}));
  EXPECT_EQ(request->cookies.get("cookie1"), "");
  EXPECT_EQ(request->source_ip, "123.123.123.123");
  EXPECT_EQ(request->body, "Hello from client!");
}

TEST(HttpRequest, LoadBalancer) {
  const Parsed single{sample("aws-lambda-go/alb-lambda-target-request-headers-only.json")};
  EXPECT_EQ(single->front_end, FrontEnd::load_balancer);
  EXPECT_EQ(single->answer_form, HttpAnswerForm::load_balancer);
  EXPECT_EQ(single->query.get("key"), "hello");
  EXPECT_EQ(single->headers.get("X-MyHeader"), "123");
  EXPECT_EQ(single->source_ip, "25.12.198.67");
  EXPECT_EQ(single->stage, "");

  const Parsed multiple{sample("aws-lambda-go/alb-lambda-target-request-multivalue-headers.json")};
  EXPECT_EQ(multiple->front_end, FrontEnd::load_balancer);
  EXPECT_EQ(multiple->answer_form, HttpAnswerForm::load_balancer_multi_value);
  EXPECT_EQ(multiple->query.get("key"), "hello");
  EXPECT_EQ(multiple->headers.get("x-myheader"), "123");
}

TEST(HttpRequest, ALoadBalancerLeavesTheQueryEncoded) {
  const Parsed request{balancer(R"("queryStringParameters":{"foo%5Ba%5D":"a+b%3D"})")};
  EXPECT_EQ(request->query, (HttpQuery{{"foo[a]", "a b="}}));
  const Parsed several{
      balancer(R"("multiValueHeaders":{},"multiValueQueryStringParameters":{"a%20":["%31","2"]})")};
  EXPECT_EQ(several->query, (HttpQuery{{"a ", "1"}, {"a ", "2"}}));
}

TEST(HttpRequest, ARestApiHasDecodedTheQueryAlready) {
  const Parsed request{rest(R"("multiValueQueryStringParameters":{"q":["100%25","a+b"]})")};
  EXPECT_EQ(request->query, (HttpQuery{{"q", "100%25"}, {"q", "a+b"}}));
}

TEST(HttpRequest, TheLastForwardedAddressIsTheOneTheLoadBalancerSaw) {
  EXPECT_EQ(
      Parsed { balancer(R"("headers":{"x-forwarded-for":"6.6.6.6, 10.0.0.1"})") } -> source_ip, "10.0.0.1");
  EXPECT_EQ(
      Parsed { balancer(R"("multiValueHeaders":{"x-forwarded-for":["6.6.6.6","1.1.1.1 , 10.0.0.2"]})") }
      -> source_ip,
      "10.0.0.2");
}

TEST(HttpRequest, PathsAreDecodedWhereTheFrontEndHasNot) {
  auto event = rest(R"("body":null)");
  event.replace(event.find("\"/x\",\"requestContext\""), 4, R"("/a%2Fb/c%20d")");
  const Parsed encoded{event};
  EXPECT_EQ(encoded->path, "/a/b/c d");
  EXPECT_EQ(encoded->raw_path, "/a%2Fb/c%20d");

  const Parsed url{payload_2("x.lambda-url.us-east-1.on.aws", "$default", R"("rawPath":"/a%20b")")};
  EXPECT_EQ(url->path, "/a b");
  EXPECT_EQ(url->raw_path, "/a%20b");

  // An HTTP API decodes: "%20" here is what the client sent as "%2520".
  const Parsed decoded{
      payload_2("x.execute-api.us-east-1.amazonaws.com", "$default", R"("rawPath":"/a b%20")")};
  EXPECT_EQ(decoded->path, "/a b%20");
  EXPECT_EQ(decoded->raw_path, "/a%20b%2520");
}

TEST(HttpRequest, TheStageIsNoPartOfThePath) {
  const auto path = [](const char* domain, const char* stage, const char* raw_path) {
    return Parsed {
      payload_2(domain, stage, std::string{R"("rawPath":")"} + raw_path + "\"")
      } -> path;
  };
  constexpr auto* execute_api = "x.execute-api.us-east-1.amazonaws.com";
  EXPECT_EQ(path(execute_api, "prod", "/prod/orders"), "/orders");
  EXPECT_EQ(path(execute_api, "prod", "/prod"), "/");
  EXPECT_EQ(path(execute_api, "prod", "/production"), "/production");
  EXPECT_EQ(path(execute_api, "$default", "/prod/orders"), "/prod/orders");
  EXPECT_EQ(path("api.example.com", "orders", "/orders/7"), "/orders/7");
  EXPECT_EQ(path(execute_api, "prod", ""), "/");

  const Parsed version_1{R"({"version":"1.0","httpMethod":"GET","path":"/prod/a b","requestContext":
      {"stage":"prod","domainName":"x.execute-api.eu-west-1.amazonaws.com"}})"};
  EXPECT_EQ(version_1->front_end, FrontEnd::http_api);
  EXPECT_EQ(version_1->answer_form, HttpAnswerForm::multi_value_headers);
  EXPECT_EQ(version_1->path, "/a b");
}

TEST(HttpRequest, CookiesOfAHeader) {
  const HttpCookies expected{{"a", "1"}, {"b", "x=y"}, {"flag", ""}, {"a", "2"}};
  EXPECT_EQ(
      Parsed { rest(R"("multiValueHeaders":{"Cookie":["a=1; b=x=y;flag ;; ","a=2"]})") } -> cookies,
      expected);
  EXPECT_EQ(
      Parsed { balancer(R"("headers":{"cookie":"a=1;b=x=y; flag; a=2"})") } -> cookies, expected);
  EXPECT_EQ(
      Parsed { payload_2("d", "s", R"("cookies":["a=1","b=x=y","flag","a=2"])") } -> cookies, expected);
  EXPECT_EQ(
      Parsed { payload_2("d", "s", R"("headers":{"cookie":"a=1; b=x=y; flag; a=2"})") } -> cookies, expected);
}

TEST(HttpRequest, ABase64BodyIsBytes) {
  EXPECT_EQ(
      Parsed { rest(R"("body":"AP8A","isBase64Encoded":true)") } -> body, std::string("\0\xFF\0", 3));
  EXPECT_EQ(
      Parsed { rest(R"("body":"AP8A","isBase64Encoded":false)") } -> body, "AP8A");
  EXPECT_EQ(
      Parsed { rest(R"("isBase64Encoded":true)") } -> body, "");
}

TEST(HttpRequest, WhatIsWrongIsNamed) {
  EXPECT_TRUE(problem_of<HttpRequest>("").starts_with("the event is not JSON: "));
  EXPECT_TRUE(problem_of<HttpRequest>("{\"a\":").starts_with("the event is not JSON: "));
  EXPECT_EQ(problem_of<HttpRequest>("[]"), "the event: expected an object, found an array");
  EXPECT_EQ(problem_of<HttpRequest>("{}"),
            "the event: not an HTTP event: neither httpMethod nor requestContext.http");
  EXPECT_EQ(problem_of<HttpRequest>(R"({"requestContext":7})"),
            "requestContext: expected an object, found a number");
  EXPECT_EQ(problem_of<HttpRequest>(R"({"requestContext":{"http":{}}})"),
            "requestContext.http.method: missing");
  EXPECT_EQ(problem_of<HttpRequest>(rest(R"("headers":{"a":1})")),
            "headers.a: expected a string, found a number");
  EXPECT_EQ(problem_of<HttpRequest>(rest(R"("multiValueHeaders":{"a":["b",null]})")),
            "multiValueHeaders.a[1]: expected a string, found null");
  EXPECT_EQ(problem_of<HttpRequest>(rest(R"("multiValueHeaders":{"a":"b"})")),
            "multiValueHeaders.a: expected an array, found a string");
  EXPECT_EQ(problem_of<HttpRequest>(rest(R"("body":{})")), "body: expected a string, found an object");
  EXPECT_EQ(problem_of<HttpRequest>(rest(R"("body":"A","isBase64Encoded":true)")),
            "body: wrong padding at byte 0");
  EXPECT_EQ(problem_of<HttpRequest>(rest(R"("isBase64Encoded":"yes")")),
            "isBase64Encoded: expected a boolean, found a string");
  EXPECT_EQ(problem_of<HttpRequest>(sample("aws-lambda-go/apigw-websocket-request.json")),
            "the event: a WebSocket API's event, not an HTTP request");
}

}  // namespace
}  // namespace lmi
