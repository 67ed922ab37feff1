#include "fleet/signal.hpp"

#include "fleet/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace lmi::emulator::fleet {
namespace {

using std::chrono::seconds;

constexpr Time window = seconds{60};

TEST(Signal, WithoutASampleTheLevelIsTheMean) {
  Signal signal;
  signal.set(7, seconds{1});
  EXPECT_EQ(signal.mean(seconds{5}, window), 7U);
}

TEST(Signal, TheMeanWeighsEachLevelByHowLongItLasted) {
  Signal signal;
  signal.sample(seconds{0}, window);
  signal.set(10, seconds{10});  // 0 for ten seconds
  signal.set(40, seconds{30});  // 10 for twenty
  EXPECT_EQ(signal.mean(seconds{40}, window), (0U * 10 + 10 * 20 + 40 * 10) / 40);
}

TEST(Signal, WhatIsOlderThanTheWindowDoesNotCount) {
  Signal signal;
  signal.set(1000, seconds{0});
  for (int i = 0; i <= 100; i += 5) {
    if (i == 20) signal.set(6, seconds{i});
    signal.sample(seconds{i}, window);
  }
  EXPECT_EQ(signal.mean(seconds{100}, window), 6U);
  EXPECT_EQ(signal.mean(seconds{100}, seconds{10}), 6U);
}

TEST(Signal, StaysExactWhenItsAreaWraps) {
  Signal signal;
  constexpr std::uint64_t huge = 1'000'000'000'000;  // times a day of microseconds is beyond 64 bits
  signal.set(huge, seconds{0});
  signal.sample(seconds{100'000}, window);
  EXPECT_EQ(signal.mean(seconds{100'010}, window), huge);
}

TEST(SlidingExtreme, AgreesWithAScanOfTheWindow) {
  Random random{1};
  SlidingExtreme<> largest;
  SlidingExtreme<std::less<>> smallest;
  std::vector<std::pair<Time, std::uint64_t>> all;
  Time now{0};
  for (int i = 0; i < 2000; ++i) {
    now += seconds{random.below(20)};
    all.emplace_back(now, random.below(50));
    largest.insert(all.back().second, now, window);
    smallest.insert(all.back().second, now, window);
    std::vector<std::uint64_t> within;
    for (const auto& [time, value] : all) {
      if (time >= now - window) within.push_back(value);
    }
    ASSERT_EQ(largest.get(), *std::max_element(within.begin(), within.end()));
    ASSERT_EQ(smallest.get(), *std::min_element(within.begin(), within.end()));
  }
}

}  // namespace
}  // namespace lmi::emulator::fleet
