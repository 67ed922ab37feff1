#include "measure/histogram.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

namespace lmi::sizing::measure {
namespace {

constexpr std::int64_t one_hour_us = 3'600'000'000;
const Histogram::Limits hour{
    .lowest_discernible = 1, .highest_trackable = one_hour_us, .significant_digits = 3};

/// The example of HdrHistogram's own tests: 10,000 times 1 ms, then one stall of 100 s, one sample each 10
/// ms.
Histogram with_one_stall() {
  Histogram histogram{hour};
  histogram.record(1000, 10'000);
  histogram.record(100'000'000);
  return histogram;
}

TEST(Histogram, HasTheSizeOfHdrHistogramsLayout) {
  // 2048 sub-buckets; 22 doublings reach an hour in microseconds: (22 + 1) * 1024 counters.
  EXPECT_EQ(Histogram{hour}.bucket_count(), 23U * 1024U);
  EXPECT_EQ((Histogram{{1, 2, 1}}.bucket_count()), 2U * 16U);
}

TEST(Histogram, BucketsAreAsWideAsHdrHistograms) {
  const Histogram histogram{hour};
  const std::vector<std::pair<std::int64_t, std::int64_t>> widths{{1, 1},    {1025, 1},  {2047, 1}, {2048, 2},
                                                                  {2500, 2}, {4095, 2},  {4096, 4}, {8191, 4},
                                                                  {8192, 8}, {10'000, 8}};
  for (const auto& [value, width] : widths)
    EXPECT_EQ(histogram.equivalent_range(value), width) << "of " << value;
}

TEST(Histogram, EquivalentValuesShareABucket) {
  const Histogram histogram{hour};
  EXPECT_EQ(histogram.lowest_equivalent(10'007), 10'000);
  EXPECT_EQ(histogram.lowest_equivalent(10'009), 10'008);
  EXPECT_EQ(histogram.highest_equivalent(8180), 8183);
  EXPECT_EQ(histogram.highest_equivalent(8191), 8191);
  EXPECT_EQ(histogram.highest_equivalent(8193), 8199);
  EXPECT_EQ(histogram.highest_equivalent(9995), 9999);
  EXPECT_EQ(histogram.median_equivalent(4), 4);
  EXPECT_EQ(histogram.median_equivalent(4000), 4001);
  EXPECT_EQ(histogram.median_equivalent(8000), 8002);
  EXPECT_EQ(histogram.median_equivalent(10'007), 10'004);
}

TEST(Histogram, AnOddLowestValueIsRoundedDownToAPowerOfTwo) {
  const Histogram histogram{
      {.lowest_discernible = 1024, .highest_trackable = one_hour_us, .significant_digits = 3}};
  EXPECT_EQ(histogram.equivalent_range(1), 1024);
  EXPECT_EQ(histogram.equivalent_range(2'097'151), 1024);
  EXPECT_EQ(histogram.equivalent_range(2'097'152), 2048);
}

TEST(Histogram, BoundariesFallIntoTheirOwnBuckets) {
  Histogram histogram{hour};
  for (const std::int64_t value : {0, 1, 2047, 2048, 2049, 2050, 4095, 4096}) histogram.record(value);
  EXPECT_EQ(histogram.count_at(0), 1);
  EXPECT_EQ(histogram.count_at(2047), 1);
  EXPECT_EQ(histogram.count_at(2048), 2);  // with 2049
  EXPECT_EQ(histogram.count_at(2050), 1);
  EXPECT_EQ(histogram.count_at(4095), 1);
  EXPECT_EQ(histogram.count_at(4096), 1);
  EXPECT_EQ(histogram.total_count(), 8);
}

TEST(Histogram, EveryValueIsKeptToThreeDigits) {
  Histogram histogram{hour};
  for (std::int64_t value = 1; value < one_hour_us; value = value * 11 / 10 + 1) {
    const auto error = histogram.highest_equivalent(value) - histogram.lowest_equivalent(value);
    EXPECT_LE(static_cast<double>(error), static_cast<double>(value) / 1000.0) << "at " << value;
    EXPECT_LE(histogram.lowest_equivalent(value), value);
    EXPECT_GE(histogram.highest_equivalent(value), value);
  }
}

TEST(Histogram, PercentilesOfOneStallWithoutCorrection) {
  const auto histogram = with_one_stall();
  for (const double percentile : {0.0, 30.0, 50.0, 90.0, 99.0, 99.99}) {
    EXPECT_EQ(histogram.value_at_percentile(percentile), 1000) << percentile;
  }
  EXPECT_NEAR(static_cast<double>(histogram.value_at_percentile(99.999)), 100e6, 100e3);
  EXPECT_NEAR(static_cast<double>(histogram.value_at_percentile(100)), 100e6, 100e3);
  EXPECT_EQ(histogram.min(), 1000);
  EXPECT_NEAR(static_cast<double>(histogram.max()), 100e6, 100e3);
  EXPECT_NEAR(histogram.mean(), (10'000.0 * 1000 + 100e6) / 10'001, 12);
}

TEST(Histogram, CorrectionAddsWhatTheStallHeldUp) {
  const auto corrected = with_one_stall().corrected_for_coordinated_omission(10'000);

  EXPECT_EQ(corrected.total_count(), 20'000);
  const std::vector<std::pair<double, double>> expected{{30, 1000}, {50, 1000},      {75, 50e6},  {90, 80e6},
                                                        {99, 98e6}, {99.999, 100e6}, {100, 100e6}};
  for (const auto& [percentile, value] : expected) {
    EXPECT_NEAR(static_cast<double>(corrected.value_at_percentile(percentile)), value, value / 1000)
        << percentile;
  }
  EXPECT_NEAR(corrected.mean(), (1000.0 * 10'000 + 50e6 * 10'000) / 20'000, 30'000);
}

TEST(Histogram, CorrectionWithoutAnIntervalChangesNothing) {
  const auto corrected = with_one_stall().corrected_for_coordinated_omission(0);
  EXPECT_EQ(corrected.total_count(), 10'001);
}

TEST(Histogram, MergingGivesTheSameAsRecordingAllInOne) {
  Histogram a{hour};
  Histogram b{hour};
  Histogram both{hour};
  for (std::int64_t i = 0; i < 10'000; ++i) {
    const std::int64_t value = i * i % 1'000'003;
    (i % 3 == 0 ? a : b).record(value);
    both.record(value);
  }
  a.merge(b);

  EXPECT_EQ(a.total_count(), both.total_count());
  for (double percentile = 0; percentile <= 100; percentile += 0.5) {
    EXPECT_EQ(a.value_at_percentile(percentile), both.value_at_percentile(percentile)) << percentile;
  }
  EXPECT_DOUBLE_EQ(a.mean(), both.mean());
}

TEST(Histogram, MergingIntoANarrowerOneClampsAndSaysSo) {
  Histogram narrow{{.lowest_discernible = 1, .highest_trackable = 10'000, .significant_digits = 2}};
  Histogram wide{hour};
  wide.record(500);
  wide.record(50'000);
  narrow.merge(wide);
  EXPECT_EQ(narrow.total_count(), 2);
  EXPECT_EQ(narrow.clamped(), 1);
  EXPECT_EQ(narrow.count_at(10'000), 1);
}

TEST(Histogram, ValuesOutsideCountAtTheEdgeAndAreReported) {
  Histogram histogram{hour};
  histogram.record(-5);
  histogram.record(one_hour_us + 1);
  EXPECT_EQ(histogram.count_at(0), 1);
  EXPECT_EQ(histogram.count_at(one_hour_us), 1);
  EXPECT_EQ(histogram.clamped(), 1);
}

TEST(Histogram, EmptyOneIsAllZero) {
  const Histogram histogram{hour};
  EXPECT_EQ(histogram.value_at_percentile(99), 0);
  EXPECT_EQ(histogram.min(), 0);
  EXPECT_EQ(histogram.max(), 0);
  EXPECT_EQ(histogram.mean(), 0);
}

TEST(Histogram, PercentileCountsTheValueThatReachesIt) {
  Histogram histogram{hour};
  for (std::int64_t value = 1; value <= 100; ++value) histogram.record(value);
  EXPECT_EQ(histogram.value_at_percentile(0), 1);
  EXPECT_EQ(histogram.value_at_percentile(1), 1);
  EXPECT_EQ(histogram.value_at_percentile(1.001), 2);
  EXPECT_EQ(histogram.value_at_percentile(50), 50);
  EXPECT_EQ(histogram.value_at_percentile(99), 99);
  EXPECT_EQ(histogram.value_at_percentile(100), 100);
}

TEST(Histogram, RefusesLimitsItCannotKeep) {
  EXPECT_THROW((Histogram{{0, 100, 3}}), std::invalid_argument);
  EXPECT_THROW((Histogram{{100, 150, 3}}), std::invalid_argument);
  EXPECT_THROW((Histogram{{1, 100, 0}}), std::invalid_argument);
  EXPECT_THROW((Histogram{{1, 100, 6}}), std::invalid_argument);
}

}  // namespace
}  // namespace lmi::sizing::measure
