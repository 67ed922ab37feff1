#include "simulate/arrival.hpp"

#include "unit/sizing/world.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lmi::sizing::simulate {
namespace {

using std::chrono::seconds;

std::vector<Time> all_of(const Arrivals& arrivals, Time end, std::uint64_t seed = 1) {
  std::vector<Time> times;
  for (ArrivalStream stream{arrivals, end, seed}; stream.peek(); stream.take())
    times.push_back(*stream.peek());
  return times;
}

TEST(ArrivalStream, EvenCallsAreExactlyAsManyAsTheRateSays) {
  Arrivals arrivals;
  arrivals.rates.push_back({{}, Spacing::even});
  arrivals.rates[0].curve.append({0, 10, 0, 100});  // a ramp: 500 calls
  arrivals.rates[0].curve.append({20, 30, 7, 7});   // after a pause: 70
  const auto times = all_of(arrivals, seconds{60});
  ASSERT_EQ(times.size(), 570U);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_LT(times[499], seconds{10});
  EXPECT_GT(times[500], seconds{20});
  // Half of a ramp's calls come in its last 29.3 %.
  EXPECT_NEAR(simulate::seconds(times[249]), 7.07, 0.02);
}

TEST(ArrivalStream, PoissonCallsHaveTheirMeanAndVariance) {
  const Arrivals arrivals = poisson(50, seconds{1000});
  const auto times = all_of(arrivals, seconds{1000});
  EXPECT_NEAR(static_cast<double>(times.size()), 50'000, 4 * 224);  // four deviations
  std::vector<double> counts(1000);
  for (const Time time : times) ++counts[static_cast<std::size_t>(time / seconds{1})];
  double variance = 0;
  for (const double count : counts) variance += (count - 50) * (count - 50) / 1000;
  EXPECT_NEAR(variance, 50, 10);
}

TEST(ArrivalStream, TheSeedDecides) {
  const Arrivals arrivals = poisson(10, seconds{100});
  EXPECT_EQ(all_of(arrivals, seconds{100}, 5), all_of(arrivals, seconds{100}, 5));
  EXPECT_NE(all_of(arrivals, seconds{100}, 5), all_of(arrivals, seconds{100}, 6));
}

TEST(ArrivalStream, SourcesAndBurstsAddUpInOrder) {
  Arrivals arrivals = poisson(10, seconds{10});
  arrivals.bursts = {{seconds{2}, 3}, {seconds{5}, 0}, {seconds{5}, 2}, {seconds{50}, 9}};
  const auto times = all_of(arrivals, seconds{10});
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_EQ(std::count(times.begin(), times.end(), Time{seconds{2}}), 3);
  EXPECT_EQ(std::count(times.begin(), times.end(), Time{seconds{5}}), 2);
  EXPECT_EQ(all_of(poisson(10, seconds{10}), seconds{10}).size() + 5, times.size());
}

TEST(ArrivalStream, EndsWithTheRun) {
  EXPECT_TRUE(all_of(poisson(10, seconds{10}), Time{0}).empty());
  EXPECT_TRUE(all_of(Arrivals{}, seconds{10}).empty());
}

TEST(RateCurve, CountsCallsOfAnyPart) {
  RateCurve curve;
  curve.append({10, 20, 0, 10});
  curve.append({20, 30, 10, 10});
  EXPECT_DOUBLE_EQ(curve.calls(0, 100), 150);
  EXPECT_DOUBLE_EQ(curve.calls(15, 25), 37.5 + 50);
  EXPECT_DOUBLE_EQ(curve.rate(15), 5);
  EXPECT_DOUBLE_EQ(curve.rate(30), 0);
  EXPECT_DOUBLE_EQ(curve.rate(5), 0);
}

}  // namespace
}  // namespace lmi::sizing::simulate
