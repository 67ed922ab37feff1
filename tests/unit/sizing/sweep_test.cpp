#include "simulate/sweep.hpp"

#include "unit/sizing/world.hpp"

#include <gtest/gtest.h>

namespace lmi::sizing::simulate {
namespace {

using nlohmann::ordered_json;

ordered_json values(const char* text) {
  const auto axis = parse_axis(text);
  EXPECT_TRUE(axis) << axis.error().what;
  return axis ? ordered_json(axis->values) : ordered_json{};
}

TEST(Sweep, RangesDoubleOrStepAndListsAreTaken) {
  EXPECT_EQ(values("concurrency=4..64"), ordered_json::parse("[4,8,16,32,64]"));
  EXPECT_EQ(values("concurrency=4..50"), ordered_json::parse("[4,8,16,32]"));
  EXPECT_EQ(values("min=1..4:1"), ordered_json::parse("[1,2,3,4]"));
  EXPECT_EQ(values("ratio=2,4,8"), ordered_json::parse("[2,4,8]"));
  EXPECT_EQ(values("fleet.scaling_policy=cpu,panic_window"),
            ordered_json::parse(R"(["cpu","panic_window"])"));
}

TEST(Sweep, WhatIsNoRangeIsRefused) {
  for (const char* text : {"concurrency", "=4", "concurrency=", "concurrency=8..4", "min=0..4", "min=1..4:0",
                           "min=1..1e9:1", "min=a..b"}) {
    EXPECT_FALSE(parse_axis(text)) << text;
  }
}

TEST(Sweep, AllCombinationsAreTried) {
  const std::vector<SweepAxis> axes{*parse_axis("concurrency=4,8"), *parse_axis("retries.attempts=1,2")};
  const auto all = variants(ordered_json::parse(R"({"function":{"concurrency":1,"memoryMb":2048}})"), axes);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[1].label, "concurrency=4 retries.attempts=2");
  EXPECT_EQ(
      all[1].scenario,
      ordered_json::parse(R"({"function":{"concurrency":4,"memoryMb":2048},"retries":{"attempts":2}})"));
}

FinishedRun made(const char* label, std::uint64_t throttles, double hours, double p99_ms) {
  FinishedRun run{label, fixed_fleet(1, 1), {}};
  run.outcome.duration = run.scenario.duration;
  run.outcome.calls.arrived = 1000;
  run.outcome.calls.throttles = {throttles, 0, 0, 0};
  run.outcome.instance_types["c7i.xlarge"] = {1, hours, 1, true};
  run.outcome.latency.record(static_cast<std::int64_t>(p99_ms * 1000), 1000);
  return run;
}

TEST(Ranking, GoesByCostAmongThoseThatKeepTheCriteria) {
  const std::vector<FinishedRun> runs{made("throttles", 10, 1, 10), made("dear", 0, 3, 10),
                                      made("cheap", 0, 2, 10), made("slow", 0, 1, 500)};
  const auto ranked = rank(runs, {0, 100});
  std::vector<std::size_t> order;
  for (const auto& row : ranked) order.push_back(row.run);
  EXPECT_EQ(order, (std::vector<std::size_t>{2, 1, 3, 0}));
  EXPECT_TRUE(ranked[1].keeps);
  EXPECT_FALSE(ranked[2].keeps);
  EXPECT_EQ(rank(runs, {1, std::nullopt}).front().run, 0U);  // cheapest when one per cent may be throttled

  const std::string text = to_ranking_text(runs, ranked, {0, 100});
  EXPECT_NE(text.find("at most 0 % throttled and p99 of at most 100 ms"), std::string::npos);
  EXPECT_LT(text.find("cheap"), text.find("dear"));
}

}  // namespace
}  // namespace lmi::sizing::simulate
