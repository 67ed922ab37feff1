#include "fleet/scaler.hpp"

#include <gtest/gtest.h>

namespace lmi::emulator::fleet {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// A version whose environments are always just as many as wanted, at least `minimum`.
class ScalerTest : public testing::Test {
 protected:
  unsigned decide(std::uint64_t cpu_milli, std::uint64_t calls) {
    inputs_.now += parameters_.scaling_interval;
    inputs_.cpu_milli = cpu_milli;
    inputs_.concurrency_milli = calls * 1000;
    inputs_.recent_concurrency_milli = calls * 1000;
    inputs_.environments = inputs_.ready = std::max(minimum_, scaler_.wanted());
    return scaler_.decide(inputs_, parameters_);
  }
  unsigned decide_for(Time duration, std::uint64_t cpu_milli, std::uint64_t calls) {
    unsigned wanted = 0;
    for (Time spent{0}; spent < duration; spent += parameters_.scaling_interval)
      wanted = decide(cpu_milli, calls);
    return wanted;
  }

  Parameters parameters_;
  ScalingInputs inputs_{.slots_each = 10};
  unsigned minimum_ = 3;
  Scaler scaler_;
};

TEST_F(ScalerTest, CpuIsKeptAtItsTarget) {
  EXPECT_EQ(decide(2500, 0), 5U);  // of 1000 each, half to be used
}

TEST_F(ScalerTest, ConcurrencyIsKeptAtItsTarget) {
  EXPECT_EQ(decide(0, 24), 5U);  // of 10 each, half to be used, rounded up
}

TEST_F(ScalerTest, TheLargerNeedCounts) {
  EXPECT_EQ(decide(2000, 25), 5U);
  EXPECT_EQ(decide(3000, 25), 6U);
}

TEST_F(ScalerTest, PolicyCpuDoesNotSeeConcurrency) {
  parameters_.scaling_policy = ScalingPolicy::cpu;
  EXPECT_EQ(decide(1200, 30), 3U);
}

TEST_F(ScalerTest, NoMoreThanDoublesWithinFiveMinutes) {
  EXPECT_EQ(decide_for(minutes{5}, 1'000'000, 0), 6U);
  EXPECT_EQ(decide_for(minutes{5}, 1'000'000, 0), 12U);
  EXPECT_EQ(decide_for(minutes{5}, 1'000'000, 0), 24U);
}

TEST_F(ScalerTest, ASingleEnvironmentCanDoubleToo) {
  minimum_ = 1;
  EXPECT_EQ(decide_for(minutes{5}, 1'000'000, 0), 2U);
}

TEST_F(ScalerTest, NeverWantsMoreThanTheMaximum) {
  inputs_.max_environments = 4;
  EXPECT_EQ(decide_for(minutes{20}, 1'000'000, 0), 4U);
}

TEST_F(ScalerTest, FallsOnlyAfterAQuietWindowAndThenInSteps) {
  decide_for(minutes{30}, 8000, 0);
  ASSERT_EQ(scaler_.wanted(), 16U);
  EXPECT_EQ(decide_for(minutes{10}, 500, 0), 16U);  // the window still holds the need
  EXPECT_EQ(decide_for(minutes{1}, 500, 0), 12U);   // a quarter of 16
  EXPECT_EQ(decide_for(minutes{10}, 500, 0), 9U);
  EXPECT_EQ(decide_for(minutes{10}, 500, 0), 7U);
  EXPECT_EQ(decide_for(minutes{60}, 500, 0), 1U);
}

TEST_F(ScalerTest, AShortPeakWithinTheWindowKeepsWhatThereIs) {
  decide_for(minutes{30}, 8000, 0);
  for (int i = 0; i < 6; ++i) {
    decide_for(minutes{9}, 0, 0);
    decide(8000, 0);
  }
  EXPECT_EQ(scaler_.wanted(), 16U);
}

TEST_F(ScalerTest, MaximumOverDriversSeesTheCallsThatWereRefused) {
  inputs_.recently_routed = 100;
  inputs_.recently_refused = 100;  // twice the calls would have been in flight
  EXPECT_EQ(decide(0, 15), 3U);
  parameters_.scaling_policy = ScalingPolicy::maximum_over_drivers;
  EXPECT_EQ(decide(0, 15), 6U);
}

TEST_F(ScalerTest, MaximumOverDriversCountsRefusalsWhenNothingWasRouted) {
  parameters_.scaling_policy = ScalingPolicy::maximum_over_drivers;
  inputs_.recently_refused = 20;
  EXPECT_EQ(decide(0, 10), 6U);
}

TEST_F(ScalerTest, APanicKnowsNoStepsAndForbidsScalingIn) {
  parameters_.scaling_policy = ScalingPolicy::panic_window;
  EXPECT_EQ(decide(0, 25), 5U);    // below twice what there is: no panic
  EXPECT_EQ(decide(0, 200), 40U);  // at once
  parameters_.scale_in_window = parameters_.scale_in_interval = Time{0};
  EXPECT_EQ(decide_for(seconds{55}, 0, 0), 40U);  // panic lasts for the signal window
  EXPECT_LT(decide_for(seconds{10}, 0, 0), 40U);
}

TEST(EnvironmentsFor, RoundsUpAndNeverDividesByNothing) {
  EXPECT_EQ(environments_for(0, 1000, 50'000), 0U);
  EXPECT_EQ(environments_for(1, 1000, 50'000), 1U);
  EXPECT_EQ(environments_for(500, 1000, 50'000), 1U);
  EXPECT_EQ(environments_for(501, 1000, 50'000), 2U);
  EXPECT_EQ(environments_for(5, 1, 1), 5U);
}

}  // namespace
}  // namespace lmi::emulator::fleet
