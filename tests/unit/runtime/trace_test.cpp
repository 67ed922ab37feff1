#include "middleware/chain.hpp"
#include "support/bare_invocation.hpp"
#include "support/span_list.hpp"
#include "telemetry/http_trace_headers.hpp"

#include <gtest/gtest.h>

#include <lmi/trace.hpp>
#include <lmi/tracing.hpp>
#include <set>
#include <string>
#include <thread>

namespace lmi {
namespace {

const std::string trace = "12345678901234567890123456789012";
const std::string parent = "00-" + trace + "-1234567890123456-01";

bool is_valid(std::string_view traceparent) {
  const auto context = TraceContext::from_w3c(traceparent);
  return context && context->trace_id.hex() == trace && context->span_id.hex() == "1234567890123456";
}

// The cases of the W3C's own test suite, github.com/w3c/trace-context/blob/main/test/test.py
TEST(Traceparent, IsTakenInEveryValidForm) {
  for (const auto& text :
       {parent, " " + parent, "\t" + parent, parent + " ", parent + "\t", "\t " + parent + " \t",
        "cc" + parent.substr(2), "cc" + parent.substr(2) + "-what-the-future-will-be-like"})
    EXPECT_TRUE(is_valid(text)) << text;
}

TEST(Traceparent, IsIgnoredInEveryInvalidForm) {
  const std::string id = "1234567890123456";
  for (const auto& text : {
           std::string{},
           parent + ".",
           parent + "-what-the-future-will-be-like",
           "cc" + parent.substr(2) + ".what-the-future-will-be-like",
           "ff" + parent.substr(2),
           ".0" + parent.substr(2),
           "0." + parent.substr(2),
           "000" + parent.substr(2),
           "0000" + parent.substr(2),
           "0" + parent.substr(2),
           "00-00000000000000000000000000000000-" + id + "-01",
           "00-.2345678901234567890123456789012-" + id + "-01",
           "00-1234567890123456789012345678901.-" + id + "-01",
           "00-" + trace + "3-" + id + "-01",
           "00-1234567890123456789012345678901-" + id + "-01",
           "00-" + trace + "-0000000000000000-01",
           "00-" + trace + "-.234567890123456-01",
           "00-" + trace + "-123456789012345.-01",
           "00-" + trace + "-12345678901234567-01",
           "00-" + trace + "-123456789012345-01",
           "00-" + trace + "-" + id + "-.0",
           "00-" + trace + "-" + id + "-0.",
           "00-" + trace + "-" + id + "-001",
           "00-" + trace + "-" + id + "-1",
           "00-ABCDEF78901234567890123456789012-" + id + "-01",
       })
    EXPECT_FALSE(TraceContext::from_w3c(text)) << text;
}

TEST(Traceparent, OnlyTheLowestFlagMeansSampled) {
  const auto with_flags = [](const std::string& flags) {
    return TraceContext::from_w3c(parent.substr(0, 53) + flags)->sampled;
  };
  EXPECT_TRUE(with_flags("01"));
  EXPECT_TRUE(with_flags("ff"));
  EXPECT_FALSE(with_flags("00"));
  EXPECT_FALSE(with_flags("fe"));
}

std::string state_of(std::string_view tracestate) {
  return TraceContext::from_w3c(parent, tracestate)->trace_state;
}

TEST(Tracestate, IsHandedOnInEveryValidForm) {
  std::string value;
  for (char c = ' '; c <= '~'; ++c)
    if (c != ',' && c != '=') value.push_back(c);
  const std::string key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";

  EXPECT_EQ(state_of("foo=1,bar=2"), "foo=1,bar=2");
  EXPECT_EQ(state_of(key + "=" + value), key + "=" + value);
  EXPECT_EQ(state_of(key + "@a-z0-9_-*/=" + value), key + "@a-z0-9_-*/=" + value);
  EXPECT_EQ(state_of("foo=1 \t , \t bar=2, \t baz=3"), "foo=1,bar=2,baz=3");
  EXPECT_EQ(state_of("\t foo=1 \t"), "foo=1");
  EXPECT_EQ(state_of("foo=1,"), "foo=1");
  EXPECT_EQ(state_of(",foo=1"), "foo=1");
  EXPECT_EQ(state_of(std::string(256, 'z') + "=1").size(), 258U);
  EXPECT_NE(state_of(std::string(241, 't') + "@" + std::string(14, 'v') + "=1"), "");
}

TEST(Tracestate, IsDroppedInEveryInvalidFormAndTheTraceparentIsNot) {
  const std::string foo = "foo=1,";
  for (const auto& text :
       {std::string{""}, std::string{"foo=1,foo=1"}, std::string{"foo=1,foo=2"}, std::string{"foo =1"},
        std::string{"FOO=1"}, std::string{"foo.bar=1"}, std::string{"foo@=1,bar=2"},
        std::string{"@foo=1,bar=2"}, std::string{"foo@@bar=1,bar=2"}, std::string{"foo@bar@baz=1,bar=2"},
        std::string{"foo=bar=baz"}, std::string{"foo=,bar=3"}, std::string{"foo"},
        foo + std::string(257, 'z') + "=1", foo + std::string(242, 't') + "@v=1",
        foo + "t@" + std::string(15, 'v') + "=1"}) {
    EXPECT_TRUE(is_valid(parent));
    EXPECT_EQ(state_of(text), "") << text;
  }
}

TEST(Tracestate, HasAtMost32Members) {
  std::string state;
  for (int i = 0; i < 32; ++i) state += (i > 0 ? ",bar" : "bar") + std::to_string(i) + "=1";
  EXPECT_EQ(state_of(state), state);
  EXPECT_EQ(state_of(state + ",bar32=1"), "");
}

TEST(XRay, ReadsAndWritesTheHeader) {
  const std::string header =
      "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=25:a87bd80c:1";
  const auto context = TraceContext::from_xray(header);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id.hex(), "5759e988bd862e3fe1be46a994272793");
  EXPECT_EQ(context->span_id.hex(), "53995c3f42cd8ad8");
  EXPECT_TRUE(context->sampled);
  EXPECT_EQ(context->xray(), header);
  EXPECT_EQ(context->traceparent(), "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01");
}

TEST(XRay, FieldsComeInAnyOrderAndUnknownOnesAreIgnored) {
  const auto context = TraceContext::from_xray(
      "Sampled=0; Self=1-67891234-12456789abcdef012345678;Root=1-5759e988-bd862e3fe1be46a994272793");
  ASSERT_TRUE(context);
  EXPECT_TRUE(context->span_id.is_none());
  EXPECT_EQ(context->xray(), "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0");
  EXPECT_EQ(context->traceparent(), "");
}

TEST(XRay, AnUndecidedHeaderIsSampledAsTheCallerSays) {
  for (const auto* header :
       {"Root=1-5759e988-bd862e3fe1be46a994272793", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=?"}) {
    EXPECT_TRUE(TraceContext::from_xray(header, true)->sampled);
    EXPECT_FALSE(TraceContext::from_xray(header, false)->sampled);
  }
  EXPECT_FALSE(TraceContext::from_xray("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0", true)->sampled);
}

TEST(XRay, IsIgnoredInEveryInvalidForm) {
  for (const auto* header :
       {"", "Root=", "Parent=53995c3f42cd8ad8;Sampled=1", "Root=2-5759e988-bd862e3fe1be46a994272793",
        "Root=1-5759e988-bd862e3fe1be46a99427279", "Root=1-5759e988-bd862e3fe1be46a9942727930",
        "Root=1-5759e98g-bd862e3fe1be46a994272793", "Root=1-00000000-000000000000000000000000",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad"})
    EXPECT_FALSE(TraceContext::from_xray(header)) << header;
}

TEST(TraceIds, AreDistinctAcrossThreadsAndBeginWithTheTime) {
  std::mutex mutex;
  std::set<std::string> ids;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int j = 0; j < 250; ++j) {
          const auto id = SpanId::random().hex();
          const std::lock_guard lock{mutex};
          ids.insert(id);
        }
      });
  }
  EXPECT_EQ(ids.size(), 1000U);

  const auto seconds = std::stoul(TraceContext::start(true).trace_id.hex().substr(0, 8), nullptr, 16);
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  EXPECT_NEAR(static_cast<double>(seconds), static_cast<double>(now), 3600);
}

TEST(TraceHeaders, AreWhatADownstreamCallNeeds) {
  auto context = *TraceContext::from_w3c(parent, "foo=1");
  const auto headers = context.headers();
  ASSERT_EQ(headers.size(), 3U);
  EXPECT_EQ(headers[0], (std::pair<std::string, std::string>{"traceparent", parent}));
  EXPECT_EQ(headers[1], (std::pair<std::string, std::string>{"tracestate", "foo=1"}));
  EXPECT_EQ(headers[2].second, "Root=1-12345678-901234567890123456789012;Parent=1234567890123456;Sampled=1");
  EXPECT_TRUE(TraceContext{}.headers().empty());
}

TEST(SpanLife, NestedSpansKnowTheirParentsAndWhatWasSet) {
  test::SpanList sink;
  const auto root = *TraceContext::from_w3c(parent);
  {
    Span outer{sink, root, "outer", SpanKind::server};
    outer.set("text", "a");
    outer.set("text", std::string{"b"});
    outer.set("count", 7U);
    outer.set("share", 0.5);
    outer.set("yes", true);
    auto inner = outer.child("inner", SpanKind::client);
    inner.add_event("sent", {{"bytes", 12}});
    inner.fail("no answer");
  }
  const auto spans = sink.spans();
  ASSERT_EQ(spans.size(), 2U);
  const auto& inner = spans[0];
  const auto& outer = spans[1];
  EXPECT_EQ(outer.parent, root.span_id);
  EXPECT_EQ(inner.parent, outer.context.span_id);
  EXPECT_NE(inner.context.span_id, outer.context.span_id);
  EXPECT_EQ(inner.context.trace_id, root.trace_id);
  ASSERT_EQ(outer.attributes.size(), 4U);
  EXPECT_EQ(outer.attributes[0].value, SpanValue{std::string{"b"}});
  EXPECT_EQ(outer.attributes[1].value, SpanValue{std::int64_t{7}});
  EXPECT_EQ(outer.attributes[2].value, SpanValue{0.5});
  EXPECT_EQ(outer.attributes[3].value, SpanValue{true});
  EXPECT_EQ(inner.events.at(0).attributes.at(0).key, "bytes");
  EXPECT_EQ(inner.status, SpanStatus::error);
  EXPECT_GE(outer.end, outer.start);
  EXPECT_GE(inner.start, outer.start);
}

TEST(SpanLife, ATraceThatIsNotSampledRecordsNothingAndStillHasIds) {
  test::SpanList sink;
  auto context = *TraceContext::from_w3c(parent);
  context.sampled = false;
  {
    Span span{sink, context, "quiet"};
    span.set("key", 1);
    EXPECT_FALSE(span.recording());
    const auto child = span.child("also quiet");
    EXPECT_EQ(child.context().trace_id, context.trace_id);
    EXPECT_NE(child.context().span_id, span.context().span_id);
    EXPECT_TRUE(child.context().traceparent().ends_with("-00"));
  }
  EXPECT_TRUE(sink.spans().empty());
}

TEST(SpanLife, EndsOnceWhereverItIsMoved) {
  test::SpanList sink;
  Span first{sink, TraceContext::start(true), "first"};
  Span second = std::move(first);
  second = Span{sink, TraceContext::start(true), "second"};
  second.end();
  second.end();
  const auto spans = sink.spans();
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].name, "first");
  EXPECT_EQ(spans[1].name, "second");
}

TEST(SpanLife, KeepsAtMost128AttributesAndEventsAndCountsTheRest) {
  test::SpanList sink;
  {
    Span span{sink, TraceContext::start(true), "busy"};
    for (int i = 0; i < 130; ++i) span.set("key-" + std::to_string(i), i);
    for (int i = 0; i < 131; ++i) span.add_event("event");
  }
  const auto span = sink.spans().at(0);
  EXPECT_EQ(span.attributes.size(), 128U);
  EXPECT_EQ(span.dropped_attributes, 2U);
  EXPECT_EQ(span.events.size(), 128U);
  EXPECT_EQ(span.dropped_events, 3U);
}

TEST(HttpTraceHeaders, AreFoundInEveryKindOfHttpEvent) {
  const auto parent_in = [](const std::string& event) {
    const auto headers = telemetry::http_trace_headers(event);
    return headers ? headers->traceparent + "|" + headers->tracestate : "none";
  };
  EXPECT_EQ(parent_in(R"({"headers":{"TraceParent":"p","tracestate":"a=1"},"body":"headers\""})"), "p|a=1");
  EXPECT_EQ(parent_in(R"({"headers":{"traceparent":"p"},"multiValueHeaders":{"traceparent":["p"],)"
                      R"("tracestate":["a=1","b=2"]}})"),
            "p|a=1,b=2");
  EXPECT_EQ(parent_in(R"({"multiValueHeaders":{"traceparent":["p","q"]}})"), "none");
  EXPECT_EQ(parent_in(R"({"headers":null})"), "none");
  EXPECT_EQ(parent_in(R"({"headers":{"x":["traceparent","p"]},"detail":{"headers":{"traceparent":"p"}}})"),
            "none");
  EXPECT_EQ(parent_in(R"({"headers":{"traceparent":"p"})"), "none");
  EXPECT_EQ(parent_in("not headers\" at all"), "none");
}

class TracingInvocations : public testing::Test {
 protected:
  void run(const std::string& event = "{}") {
    Tracing tracing{sink_, options_};
    auto context = invocation_.begin();
    detail::Outcome outcome;
    const middleware::Chain chain{{&tracing}};
    middleware::pass(chain, {.data = event, .content_type = {}}, context, outcome, [&] {
      handed_on_ = tracing.of(context).context();
      if (fails_) throw Error{.type = "NoStock", .message = "sold out"};
    });
  }

  test::SpanList sink_;
  TracingOptions options_;
  TraceContext handed_on_;
  bool fails_ = false;
  test::BareInvocation invocation_;
};

std::string value(const SpanData& span, std::string_view key) {
  for (const auto& attribute : span.attributes)
    if (attribute.key == key)
      return std::holds_alternative<std::string>(attribute.value) ? std::get<std::string>(attribute.value)
                                                                  : std::to_string(attribute.value.index());
  return "none";
}

TEST_F(TracingInvocations, ContinuesThePlatformsTrace) {
  invocation_.event.trace_id = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
  run();
  const auto span = sink_.spans().at(0);
  EXPECT_EQ(span.name, "orders");
  EXPECT_EQ(span.kind, SpanKind::server);
  EXPECT_EQ(span.context.trace_id.hex(), "5759e988bd862e3fe1be46a994272793");
  EXPECT_EQ(span.parent.hex(), "53995c3f42cd8ad8");
  EXPECT_EQ(value(span, "faas.invocation_id"), "id-1");
  EXPECT_EQ(handed_on_, span.context);
}

TEST_F(TracingInvocations, RespectsTheSampledFlagUnlessToldOtherwise) {
  invocation_.event.trace_id = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0";
  run();
  EXPECT_TRUE(sink_.spans().empty());
  options_.sampling = TracingOptions::Sampling::always;
  run();
  EXPECT_EQ(sink_.spans().size(), 1U);
  EXPECT_TRUE(handed_on_.sampled);
}

TEST_F(TracingInvocations, AnHttpCallersTraceIsJoinedOnlyWhenAsked) {
  const auto event = R"({"headers":{"traceparent":")" + parent + R"("}})";
  run(event);
  EXPECT_NE(sink_.spans().back().context.trace_id.hex(), trace);
  options_.parent = TracingOptions::Parent::http_event;
  run(event);
  EXPECT_EQ(sink_.spans().back().context.trace_id.hex(), trace);
  run("{}");
  EXPECT_NE(sink_.spans().back().context.trace_id.hex(), trace);
}

TEST_F(TracingInvocations, AFailedInvocationHasItsErrorAndAFlushWhenAsked) {
  fails_ = true;
  options_.flush_limit = std::chrono::milliseconds{50};
  run();
  const auto span = sink_.spans().at(0);
  EXPECT_EQ(span.status, SpanStatus::error);
  EXPECT_EQ(span.status_message, "sold out");
  EXPECT_EQ(value(span, "error.type"), "NoStock");
  EXPECT_EQ(sink_.flushes(), std::vector{std::chrono::milliseconds{50}});
}

}  // namespace
}  // namespace lmi
