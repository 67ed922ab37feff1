#include "load/pace.hpp"

#include <gtest/gtest.h>

namespace lmi::cli::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

const Clock::time_point start{std::chrono::hours{1}};

TEST(ConstantRate, FirstRequestLeavesAtTheStart) {
  const ConstantRate pace{start, 10};
  EXPECT_EQ(pace.due(start - nanoseconds{1}), 0U);
  EXPECT_EQ(pace.due(start), 1U);
}

TEST(ConstantRate, ARequestIsDueExactlyAtItsMoment) {
  const ConstantRate pace{start, 10};
  EXPECT_EQ(pace.due(start + milliseconds{100} - nanoseconds{1}), 1U);
  EXPECT_EQ(pace.due(start + milliseconds{100}), 2U);
  EXPECT_EQ(pace.intended(1), start + milliseconds{100});
}

TEST(ConstantRate, RoundingNeverAddsUp) {
  const ConstantRate pace{start, 3};
  for (std::uint64_t i = 1; i < 10'000; ++i) {
    EXPECT_EQ(pace.due(pace.intended(i)), i + 1);
    EXPECT_EQ(pace.due(pace.intended(i) - nanoseconds{1}), i);
  }
  EXPECT_EQ(pace.intended(3'000'000), start + std::chrono::seconds{1'000'000});
}

TEST(RunLimit, EndsByCountOrByTime) {
  const RunLimit by_count{.requests = 5, .end = std::nullopt};
  EXPECT_FALSE(by_count.reached(4, start));
  EXPECT_TRUE(by_count.reached(5, start));
  RunLimit by_time;
  by_time.end = start;
  EXPECT_FALSE(by_time.reached(1'000'000, start - nanoseconds{1}));
  EXPECT_TRUE(by_time.reached(0, start));
}

}  // namespace
}  // namespace lmi::cli::load
