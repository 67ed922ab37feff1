#include "observe/metric_store.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace lmi::emulator::observe {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const MetricTime noon{hours{24 * 20'000 + 12}};
const MetricId duration{"Duration", {{"FunctionName", "f"}}};

TEST(MetricSummary, HasTheFiveStatistics) {
  MetricSummary summary;
  for (const double value : {3.0, 1.0, 8.0}) summary.add(value);
  EXPECT_EQ(summary.count(), 3U);
  EXPECT_EQ(summary.sum(), 12);
  EXPECT_EQ(summary.average(), 4);
  EXPECT_EQ(summary.minimum(), 1);
  EXPECT_EQ(summary.maximum(), 8);
}

TEST(MetricSummary, PercentilesAreWithinOnePercentOfTheValueOfThatRank) {
  MetricSummary summary;
  for (int i = 1; i <= 10'000; ++i) summary.add(i * 0.37);
  for (const double percent : {0.0, 1.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    const double exact = std::max(1.0, std::ceil(percent / 100 * 10'000)) * 0.37;
    EXPECT_NEAR(summary.percentile(percent), exact, exact * 0.0101) << percent;
  }
}

TEST(MetricSummary, PercentilesOfEqualValuesAreExact) {
  MetricSummary summary;
  for (int i = 0; i < 5; ++i) summary.add(0.3);
  EXPECT_EQ(summary.percentile(99), 0.3);
  MetricSummary zeros;
  zeros.add(0);
  EXPECT_EQ(zeros.percentile(50), 0);
}

TEST(MetricSummary, TwoAreOneAsIfAllHadBeenAddedToIt) {
  MetricSummary all;
  MetricSummary first;
  MetricSummary second;
  for (int i = 1; i <= 100; ++i) {
    all.add(i);
    (i % 3 == 0 ? first : second).add(i);
  }
  first.add(second);
  EXPECT_EQ(first.count(), all.count());
  EXPECT_EQ(first.sum(), all.sum());
  EXPECT_EQ(first.minimum(), all.minimum());
  EXPECT_EQ(first.maximum(), all.maximum());
  for (int percent = 0; percent <= 100; ++percent) {
    EXPECT_EQ(first.percentile(percent), all.percentile(percent)) << percent;
  }
}

TEST(MetricStore, AMinuteIsOneDataPoint) {
  MetricStore store;
  store.record(duration, "Milliseconds", 10, noon);
  store.record(duration, "Milliseconds", 30, noon + seconds{59});
  store.record(duration, "Milliseconds", 50, noon + seconds{60});
  const auto points = store.read(duration, noon, noon + hours{1}, minutes{1});
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].begin, noon);
  EXPECT_EQ(points[0].summary.average(), 20);
  EXPECT_EQ(points[1].begin, noon + minutes{1});
  EXPECT_EQ(points[1].summary.sum(), 50);
  EXPECT_STREQ(store.unit_of(duration), "Milliseconds");
}

TEST(MetricStore, PeriodsCountFromTheStartRoundedDownToAMinute) {
  MetricStore store;
  for (int minute = 0; minute < 10; ++minute)
    store.record(duration, "Milliseconds", 1, noon + minutes{minute});
  const auto points = store.read(duration, noon + minutes{2} + seconds{30}, noon + minutes{9}, minutes{5});
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].begin, noon + minutes{2});
  EXPECT_EQ(points[0].summary.count(), 5U);
  EXPECT_EQ(points[1].begin, noon + minutes{7});
  EXPECT_EQ(points[1].summary.count(), 2U) << "the end is not included";
}

TEST(MetricStore, EachCombinationOfDimensionsIsAMetricOfItsOwn) {
  MetricStore store;
  store.record(duration, "Milliseconds", 1, noon);
  store.record({"Duration", {{"FunctionName", "f"}, {"Resource", "f:1"}}}, "Milliseconds", 2, noon);
  EXPECT_EQ(store.list().size(), 2U);
  EXPECT_EQ(store.read(duration, noon, noon + minutes{1}, minutes{1})[0].summary.sum(), 1);
  EXPECT_TRUE(store.read({"Duration", {}}, noon, noon + minutes{1}, minutes{1}).empty());
  EXPECT_EQ(store.unit_of({"Duration", {}}), nullptr);
}

TEST(MetricStore, ForgetsDataPointsAfterFifteenDaysAndMetricsWithTheLastOfThem) {
  MetricStore store;
  store.record(duration, "Milliseconds", 1, noon);
  const MetricId other{"Errors", {}};
  store.record(other, "Count", 1, noon + hours{15 * 24} - minutes{1});
  EXPECT_EQ(store.list().size(), 2U);
  store.record(other, "Count", 1, noon + hours{15 * 24});
  const auto left = store.list();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].id, other);
  EXPECT_EQ(left[0].newest, noon + hours{15 * 24});
}

TEST(MetricStore, TheOldestMinutesGoWhenThereIsNoRoom) {
  MetricLimits limits;
  limits.bytes = 10'000;
  MetricStore store{limits};
  for (int minute = 0; minute < 1000; ++minute) {
    for (int i = 0; i < 10; ++i) store.record(duration, "Milliseconds", 1 << i, noon + minutes{minute});
  }
  const auto points = store.read(duration, noon, noon + hours{24}, minutes{1});
  ASSERT_FALSE(points.empty());
  EXPECT_LT(points.size() * (sizeof(MetricSummary) + 10 * 16), 10'000U);
  EXPECT_EQ(points.back().begin, noon + minutes{999});
  EXPECT_EQ(points.front().begin + minutes{static_cast<int>(points.size())}, noon + minutes{1000});
}

TEST(MetricStore, ALateValueStillCounts) {
  MetricStore store;
  store.record(duration, "Milliseconds", 1, noon + minutes{5});
  store.record(duration, "Milliseconds", 2, noon);
  EXPECT_EQ(store.read(duration, noon, noon + hours{1}, minutes{1}).size(), 2U);
  EXPECT_EQ(store.list()[0].newest, noon + minutes{5});
}

}  // namespace
}  // namespace lmi::emulator::observe
