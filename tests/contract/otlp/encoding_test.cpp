#include "otlp/encoding.hpp"

#include "otlp/retry_after.hpp"
#include "otlp/url.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>

namespace lmi::otlp {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

std::chrono::system_clock::time_point at(std::int64_t nanoseconds) {
  return std::chrono::system_clock::time_point{std::chrono::nanoseconds{nanoseconds}};
}

TEST(OtlpJson, IsWhatTheMappingAsksFor) {
  SpanData span;
  span.name = "query \"7\"";
  span.context = *TraceContext::from_w3c("00-12345678901234567890123456789012-1234567890123456-01", "foo=1");
  span.parent = *SpanId::from_hex("abcdefabcdefabcd");
  span.kind = SpanKind::client;
  span.start = at(1'700'000'000'000'000'001);
  span.end = at(1'700'000'000'500'000'002);
  span.attributes = {{"text", "a"}, {"yes", true}, {"count", -7}, {"share", 0.5}};
  span.events = {{.name = "sent", .time = at(1'700'000'000'100'000'000), .attributes = {{"bytes", 12}}}};
  span.dropped_attributes = 2;
  span.dropped_events = 3;
  span.status = SpanStatus::error;
  span.status_message = "no answer";

  EXPECT_EQ(json::parse(encode_request(std::span{&span, 1}, encode_attributes({{"service.name", "shop"}}))),
            json::parse(R"({"resourceSpans":[{
    "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
    "scopeSpans":[{"scope":{"name":"lmi"},"spans":[{
      "traceId":"12345678901234567890123456789012","spanId":"1234567890123456",
      "parentSpanId":"abcdefabcdefabcd","flags":1,"traceState":"foo=1","name":"query \"7\"","kind":3,
      "startTimeUnixNano":"1700000000000000001","endTimeUnixNano":"1700000000500000002",
      "attributes":[{"key":"text","value":{"stringValue":"a"}},{"key":"yes","value":{"boolValue":true}},
                    {"key":"count","value":{"intValue":"-7"}},{"key":"share","value":{"doubleValue":0.5}}],
      "droppedAttributesCount":2,
      "events":[{"timeUnixNano":"1700000000100000000","name":"sent",
                 "attributes":[{"key":"bytes","value":{"intValue":"12"}}]}],
      "droppedEventsCount":3,
      "status":{"code":2,"message":"no answer"}}]}]}]})"));
}

TEST(OtlpJson, NumbersThatJsonHasNotAreTextAsInProtobufsMapping) {
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  const auto values =
      json::parse(encode_attributes({{"a", infinity}, {"b", -infinity}, {"c", std::nan("")}}));
  EXPECT_EQ(values[0]["value"]["doubleValue"], "Infinity");
  EXPECT_EQ(values[1]["value"]["doubleValue"], "-Infinity");
  EXPECT_EQ(values[2]["value"]["doubleValue"], "NaN");
}

TEST(OtlpJson, BytesThatAreNotUtf8AreReplaced) {
  EXPECT_EQ(json::parse(encode_attributes({{"a", "\xff"}}))[0]["value"]["stringValue"], "\xEF\xBF\xBD");
}

std::string parsed(std::string_view text) {
  const auto url = parse_url(text);
  return url ? url->host + "|" + std::to_string(url->port) + "|" + url->target : "none";
}

TEST(OtlpUrl, HasAHostAndMaybeAPortAndAPath) {
  EXPECT_EQ(parsed("http://localhost:4318/v1/traces"), "localhost|4318|/v1/traces");
  EXPECT_EQ(parsed("http://10.0.0.1"), "10.0.0.1|80|/");
  EXPECT_EQ(parsed("http://[::1]:4318/a?b=c:d"), "::1|4318|/a?b=c:d");
  EXPECT_EQ(parsed("http://host?x=1"), "host|80|/?x=1");
  for (const auto* text :
       {"", "localhost:4318", "https://localhost:4318", "http://", "http://:80/", "http://host:0",
        "http://host:65536", "http://host:1x", "http://a b/", "http://user@host/", "http://host/\r\nX: y"})
    EXPECT_EQ(parsed(text), "none") << text;
}

TEST(OtlpRetryAfter, IsSecondsOrADate) {
  const auto now = std::chrono::system_clock::from_time_t(784'111'777);  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(parse_retry_after("120", now), 120s);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:50:00 GMT", now), 23s);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), 0s);
  for (const auto* text : {"", "-1", "soon", "1.5", "Sun, 06 Nov 1994 08:50:00",
                           "Sun, 06 Noe 1994 08:50:00 GMT", "Sun, 06 Nov 1994 08:50:00 GMT+1"})
    EXPECT_FALSE(parse_retry_after(text, now)) << text;
}

}  // namespace
}  // namespace lmi::otlp
