#include "support/scripted_api.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <future>
#include <lmi/otlp.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace lmi {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// Generous: nothing here waits that long unless something is wrong.
constexpr auto patience = 30s;

/// Holds the collector's replies back until the test opens it.
class Gate {
 public:
  void open() { opened_.set_value(); }
  void wait() { is_open_.wait(); }

 private:
  std::promise<void> opened_;
  std::shared_future<void> is_open_ = opened_.get_future().share();
};

class OtlpCollector : public testing::Test {
 protected:
  [[nodiscard]] OtlpOptions options() const {
    return {.endpoint = "http://" + collector_.address() + "/v1/traces",
            .headers = {{"x-api-key", "secret"}},
            .resource = {{"service.name", "shop"}},
            .batch_delay = 1h};  // a flush or a full batch sends
  }

  static void record(SpanSink& sink, const std::string& name) { Span{sink, TraceContext::start(true), name}; }

  /// The names of the spans in every request that was accepted or not, in their order.
  std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& request : collector_.requests()) {
      const auto body = json::parse(request.body);
      for (const auto& span : body["resourceSpans"][0]["scopeSpans"][0]["spans"]) all.push_back(span["name"]);
    }
    return all;
  }

  Gate gate_;  // outlives the collector's threads
  test::ScriptedApi collector_;
};

TEST_F(OtlpCollector, AFlushDeliversWhatWasTakenInOneRequest) {
  OtlpExporter exporter{options()};
  record(exporter, "a");
  record(exporter, "b");

  EXPECT_TRUE(exporter.flush(patience));

  const auto requests = collector_.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].path, "/v1/traces");
  EXPECT_EQ(requests[0].header("content-type"), "application/json");
  EXPECT_EQ(requests[0].header("x-api-key"), "secret");
  EXPECT_EQ(requests[0].header("host"), collector_.address());
  EXPECT_EQ(names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(exporter.counts().delivered, 2U);
}

TEST_F(OtlpCollector, AFullBatchIsSentWithoutBeingAsked) {
  auto given = options();
  given.batch_size = 3;
  OtlpExporter exporter{given};
  for (const auto* name : {"a", "b", "c"}) record(exporter, name);

  ASSERT_TRUE(collector_.wait_for("/v1/traces"));
  EXPECT_EQ(names().size(), 3U);
}

TEST_F(OtlpCollector, ALonelySpanIsSentAfterTheDelay) {
  auto given = options();
  given.batch_delay = 1ms;
  OtlpExporter exporter{given};
  record(exporter, "a");
  EXPECT_TRUE(collector_.wait_for("/v1/traces"));
}

TEST_F(OtlpCollector, RequestsShareAConnectionAndOneThatWasClosedIsReplaced) {
  std::atomic<int> requests{0};
  collector_.on_answer([&](const test::ApiRequest&) {
    return test::ApiReply{.status = 200, .body = "{}", .then_close = ++requests == 2};
  });
  OtlpExporter exporter{options()};
  for (const auto* name : {"a", "b", "c"}) {
    record(exporter, name);
    EXPECT_TRUE(exporter.flush(patience));
  }
  const auto seen = collector_.requests();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].connection, seen[1].connection);
  EXPECT_NE(seen[1].connection, seen[2].connection);
}

TEST_F(OtlpCollector, ATemporaryRefusalIsTriedAgainAfterRetryAfter) {
  std::atomic<int> requests{0};
  std::vector<std::chrono::steady_clock::time_point> times;
  collector_.on_answer([&](const test::ApiRequest&) {
    times.push_back(std::chrono::steady_clock::now());
    switch (++requests) {
      case 1: return test::ApiReply{.status = 429, .headers = {{"Retry-After", "1"}}, .body = ""};
      case 2: return test::ApiReply{.status = 503, .headers = {{"Retry-After", "0"}}, .body = ""};
      case 3: return test::ApiReply{.no_reply = true};
      default: return test::ApiReply{.status = 200, .body = "{}"};
    }
  });
  OtlpExporter exporter{options()};
  record(exporter, "a");

  EXPECT_TRUE(exporter.flush(patience));
  EXPECT_EQ(collector_.requests().size(), 4U);
  EXPECT_GE(times.at(1) - times.at(0), 1s);
  EXPECT_EQ(exporter.counts().delivered, 1U);
  EXPECT_EQ(exporter.counts().rejected, 0U);
}

TEST_F(OtlpCollector, AFinalRefusalIsNot) {
  collector_.on_answer([](const test::ApiRequest&) { return test::ApiReply{.status = 400, .body = "bad"}; });
  OtlpExporter exporter{options()};
  record(exporter, "a");

  EXPECT_FALSE(exporter.flush(patience));
  EXPECT_EQ(collector_.requests().size(), 1U);
  EXPECT_EQ(exporter.counts().rejected, 1U);
}

TEST_F(OtlpCollector, APartialSuccessIsCountedAsSuch) {
  collector_.on_answer([](const test::ApiRequest&) {
    return test::ApiReply{.status = 200,
                          .body = R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}})"};
  });
  OtlpExporter exporter{options()};
  for (const auto* name : {"a", "b", "c"}) record(exporter, name);

  EXPECT_FALSE(exporter.flush(patience));
  EXPECT_EQ(exporter.counts().delivered, 1U);
  EXPECT_EQ(exporter.counts().rejected, 2U);
}

TEST_F(OtlpCollector, AStuckCollectorCostsSpansAndNeverHoldsWhoEndsThem) {
  collector_.on_answer([&](const test::ApiRequest&) {
    gate_.wait();
    return test::ApiReply{.status = 200, .body = "{}"};
  });
  auto given = options();
  given.batch_size = 1;
  given.queue_size = 3;
  OtlpExporter exporter{given};
  record(exporter, "under way");
  EXPECT_FALSE(exporter.flush(0ms));
  std::uint64_t recorded = 1;
  // The first leaves the queue when its request begins; from then on three wait and the rest is dropped.
  while (exporter.counts().dropped < 10) {
    record(exporter, "more");
    ++recorded;
  }
  gate_.open();

  EXPECT_TRUE(exporter.flush(patience));
  const auto counts = exporter.counts();
  EXPECT_EQ(counts.delivered + counts.dropped, recorded);
  EXPECT_EQ(counts.rejected, 0U);
  EXPECT_EQ(names().size(), counts.delivered);
}

TEST_F(OtlpCollector, ShutdownDeliversWhatWaitsAndTakesNoMore) {
  OtlpExporter exporter{options()};
  record(exporter, "a");
  EXPECT_TRUE(exporter.shutdown(patience));
  record(exporter, "late");
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
  EXPECT_EQ(exporter.counts().dropped, 1U);
}

TEST_F(OtlpCollector, ShutdownEndsWithinItsLimitThoughTheCollectorIsStuck) {
  collector_.on_answer([&](const test::ApiRequest&) {
    gate_.wait();
    return test::ApiReply{.status = 200, .body = "{}"};
  });
  {
    OtlpExporter exporter{options()};
    record(exporter, "a");
    EXPECT_FALSE(exporter.shutdown(1ms));  // far below the request's own limit of 10 s
  }
  gate_.open();
}

TEST_F(OtlpCollector, ShutdownDoesNotWaitOutARetryAfter) {
  collector_.on_answer([](const test::ApiRequest&) {
    return test::ApiReply{.status = 503, .headers = {{"Retry-After", "3600"}}, .body = ""};
  });
  auto given = options();
  given.retry_limit = 2h;
  OtlpExporter exporter{given};
  record(exporter, "a");
  EXPECT_FALSE(exporter.flush(0ms));
  ASSERT_TRUE(collector_.wait_for("/v1/traces"));
  EXPECT_FALSE(exporter.shutdown(1ms));
}

TEST_F(OtlpCollector, AnAbsentCollectorRejectsWithoutRetriesWhenToldSo) {
  auto given = options();
  given.retry_limit = 0ms;
  collector_.vanish();
  OtlpExporter exporter{given};
  record(exporter, "a");
  EXPECT_FALSE(exporter.flush(patience));
  EXPECT_EQ(exporter.counts().rejected, 1U);
}

TEST_F(OtlpCollector, SpansOfManyThreadsAllArriveOnce) {
  auto given = options();
  given.batch_size = 64;
  given.queue_size = 10'000;
  OtlpExporter exporter{given};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&, i] {
        for (int j = 0; j < 200; ++j) record(exporter, std::to_string(i) + "-" + std::to_string(j));
      });
  }
  EXPECT_TRUE(exporter.flush(patience));
  const auto all = names();
  EXPECT_EQ(all.size(), 1600U);
  EXPECT_EQ((std::set<std::string>{all.begin(), all.end()}).size(), 1600U);
  EXPECT_EQ(exporter.counts().dropped, 0U);
}

}  // namespace
}  // namespace lmi
