#include "unit/fleet/fleet_world.hpp"

#include <gtest/gtest.h>

namespace lmi::emulator::fleet::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class ScalingTest : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_TRUE(world_.violations.empty())
        << world_.violations.front() << " and " << world_.violations.size() - 1 << " more";
  }

  void publish(unsigned slots = 10, Parameters parameters = {},
               std::optional<double> cpu_target = std::nullopt) {
    world_ = World{parameters};
    ProviderConfig provider = three_zone_provider();
    provider.cpu_target_percent = cpu_target;
    world_.put_provider(provider);
    world_.add_version(version_config(1, 3, slots));
    world_.settle();
  }

  /// Every ready environment uses that much, for that long.
  void load(Time duration, std::uint64_t cpu_milli) {
    for (Time spent{0}; spent < duration; spent += seconds{5}) {
      world_.report_all(1, cpu_milli);
      world_.live(seconds{5});
    }
  }
  std::size_t ready() const { return world_.environments_of(1, true).size(); }

  World world_;
};

TEST_F(ScalingTest, CpuAboveTheTargetAddsEnvironmentsUntilItIsKept) {
  publish();
  // 2.4 vCPUs of work, however many environments share it: five keep 50 %.
  for (int i = 0; i < 60; ++i) {
    world_.report_all(1, 2400 / ready());
    world_.live(seconds{5});
  }
  EXPECT_EQ(ready(), 5U);
}

TEST_F(ScalingTest, CpuBelowTheTargetAddsNone) {
  publish();
  load(minutes{10}, 450);
  EXPECT_EQ(ready(), 3U);
}

TEST_F(ScalingTest, ManualModeHasATargetOfItsOwn) {
  publish(10, {}, 25.0);
  load(minutes{2}, 400);
  EXPECT_EQ(ready(), 6U);
}

TEST_F(ScalingTest, SaturatedSlotsAddEnvironmentsAtIdleCpuOnTheInstancesThereAre) {
  publish();
  for (int i = 0; i < 28; ++i) world_.call(1);
  world_.live(minutes{2});
  EXPECT_EQ(ready(), 6U);
  EXPECT_EQ(world_.instances.size(), 3U);
}

TEST_F(ScalingTest, MeanConcurrencyToldByTheDriverTakesThePlaceOfTheCount) {
  publish();
  world_.fleet.report_concurrency(VersionId{1}, 25'000, world_.now);
  world_.live(minutes{2});
  EXPECT_EQ(ready(), 5U);
}

TEST_F(ScalingTest, TrafficThatDoublesWithinFiveMinutesIsNeverRefused) {
  publish(20);
  std::vector<EnvironmentId> calls;
  world_.live(minutes{1});
  for (int in_flight = 15, round = 0; round < 4; ++round, in_flight *= 2) {
    // From one level to twice that, evenly over five minutes.
    for (int second = 0; second < 300; second += 5) {
      const auto wanted = static_cast<std::size_t>(in_flight + in_flight * second / 300);
      while (calls.size() < wanted) {
        const auto environment = world_.call(1);
        ASSERT_TRUE(environment) << "refused with " << calls.size() << " calls in flight";
        calls.push_back(*environment);
      }
      world_.live(seconds{5});
    }
  }
  EXPECT_EQ(world_.calls.refused, 0U);
}

TEST_F(ScalingTest, LoadThatFallsGivesEnvironmentsBackSlowlyDownToTheMinimum) {
  publish();
  load(minutes{11}, 1000);
  ASSERT_EQ(ready(), 24U);
  load(minutes{9}, 10);
  EXPECT_EQ(ready(), 24U);
  load(minutes{25}, 10);
  EXPECT_LT(ready(), 20U);
  EXPECT_GT(ready(), 3U);
  load(hours{3}, 10);
  EXPECT_EQ(ready(), 3U);
  EXPECT_EQ(world_.instances.size(), 3U);  // consolidated, the empty ones ended
}

TEST_F(ScalingTest, TheMaximumIsNeverExceededByLoad) {
  publish();
  world_.scale(1, 3, 4);
  load(minutes{20}, 1000);
  EXPECT_EQ(ready(), 4U);
}

TEST_F(ScalingTest, GrowthStopsAtTheVcpuCapAndCallsAreThenRefusedForConcurrency) {
  ProviderConfig provider = three_zone_provider();
  provider.max_vcpus = 12;
  world_.put_provider(provider);
  world_.add_version(version_config(1, 3, 1));
  world_.settle();
  load(minutes{20}, 900);
  EXPECT_EQ(ready(), 9U);
  for (int i = 0; i < 9; ++i) {
    world_.report_all(1, 0);
    ASSERT_TRUE(world_.call(1));
  }
  EXPECT_EQ(world_.call(1), std::nullopt);
  EXPECT_EQ(world_.last_refusal, ThrottleReason::concurrency);
}

TEST_F(ScalingTest, AHotInstanceTakesNoCallsAndTheOthersDo) {
  publish(2);
  // Its only environment may use one of the three usable vCPUs; without limits, as on a laptop, it uses all.
  const EnvironmentId hot = world_.environments_of(1).front();
  world_.report({{.environment = hot, .cpu_milli = 2900}});

  for (int i = 0; i < 4; ++i) EXPECT_NE(world_.call(1).value(), hot);
  EXPECT_EQ(world_.call(1), std::nullopt);
  EXPECT_EQ(world_.last_refusal, ThrottleReason::cpu);

  world_.report({{.environment = hot, .cpu_milli = 100}});
  EXPECT_EQ(world_.call(1), hot);
}

TEST_F(ScalingTest, AnEnvironmentThatBecomesReadyOnAHotInstanceTakesNoCalls) {
  ProviderConfig provider = three_zone_provider();
  provider.zones = {"a"};
  world_.put_provider(provider);
  world_.add_version(version_config(1, 1, 1));
  world_.settle();
  world_.report_all(1, 2900);
  world_.scale(1, 2);
  world_.settle();
  ASSERT_EQ(ready(), 2U);
  EXPECT_EQ(world_.call(1), std::nullopt);
  EXPECT_EQ(world_.last_refusal, ThrottleReason::cpu);
}

TEST_F(ScalingTest, EachRefusalHasOneReasonAndIsCountedOnceUnderIt) {
  publish(1);
  world_.report_all(1, 0, 2000);  // of 2048
  EXPECT_EQ(world_.call(1), std::nullopt);
  world_.report_all(1, 0, 100, 99);
  EXPECT_EQ(world_.call(1), std::nullopt);
  world_.report_all(1, 2900);
  EXPECT_EQ(world_.call(1), std::nullopt);
  world_.report_all(1, 0);
  for (int i = 0; i < 4; ++i) world_.call(1);

  const CallCounts calls = world_.version(1).calls;
  EXPECT_EQ(calls.routed, 3U);
  EXPECT_EQ(calls.refused_for(ThrottleReason::memory), 1U);
  EXPECT_EQ(calls.refused_for(ThrottleReason::disk), 1U);
  EXPECT_EQ(calls.refused_for(ThrottleReason::cpu), 1U);
  EXPECT_EQ(calls.refused_for(ThrottleReason::concurrency), 1U);
}

TEST_F(ScalingTest, ACallTurnedAwayByItsEnvironmentAndThenRefusedCountsAsRefusedOnly) {
  publish(1);
  const Route first = world_.fleet.route(VersionId{1}, world_.now);
  const EnvironmentId turned_away_by[] = {std::get<EnvironmentId>(first), world_.environments_of(1)[1],
                                          world_.environments_of(1)[2]};
  Decisions none;
  world_.fleet.release(turned_away_by[0], world_.now, none);
  EXPECT_EQ(world_.fleet.route(VersionId{1}, world_.now, turned_away_by), Route{ThrottleReason::concurrency});
  EXPECT_EQ(world_.version(1).calls.routed, 0U);
  EXPECT_EQ(world_.version(1).calls.refused_for(ThrottleReason::concurrency), 1U);
}

TEST_F(ScalingTest, PackingFillsOneEnvironmentFirst) {
  Parameters parameters;
  parameters.routing = Routing::pack;
  publish(4, parameters);
  std::set<EnvironmentId> used;
  for (int i = 0; i < 4; ++i) used.insert(world_.call(1).value());
  EXPECT_EQ(used.size(), 1U);
}

TEST_F(ScalingTest, AScheduleChangesTheBoundsOnTimeAndAgain) {
  publish();
  world_.schedule(1, {{.at = hours{8}, .scaling = {6, std::nullopt}, .every = hours{24}},
                      {.at = hours{20}, .scaling = {2, std::nullopt}, .every = hours{24}}});
  world_.live(hours{7});
  EXPECT_EQ(ready(), 3U);
  world_.live(hours{2});
  EXPECT_EQ(ready(), 6U);
  world_.live(hours{12});
  EXPECT_EQ(ready(), 2U);
  world_.live(hours{12});
  EXPECT_EQ(ready(), 6U);
}

TEST_F(ScalingTest, AScheduleCanPauseAVersionAndBringItBack) {
  publish();
  world_.schedule(
      1, {{.at = minutes{10}, .scaling = {0, 0}}, {.at = minutes{20}, .scaling = {1, std::nullopt}}});
  world_.live(minutes{15});
  EXPECT_TRUE(world_.told("deactivated 1"));
  EXPECT_EQ(ready(), 0U);
  world_.live(minutes{10});
  EXPECT_EQ(ready(), 1U);
}

class QueueTest : public ScalingTest {
 protected:
  void SetUp() override {
    Parameters parameters;
    parameters.queue_length = 2;
    publish(1, parameters);
    for (int i = 0; i < 3; ++i) taken_.push_back(world_.call(1).value());
  }
  std::vector<EnvironmentId> taken_;
};

TEST_F(QueueTest, AWaitingCallGetsTheNextSlotFirstComeFirstServed) {
  world_.call(1);
  world_.call(1);
  const CallId first = *world_.waiting.begin();
  world_.end_call(taken_[1]);
  EXPECT_EQ(world_.dispatched, (std::map<CallId, EnvironmentId>{{first, taken_[1]}}));
  EXPECT_EQ(world_.waiting.size(), 1U);
}

TEST_F(QueueTest, IsNeverLongerThanItsLength) {
  for (int i = 0; i < 3; ++i) world_.call(1);
  EXPECT_EQ(world_.waiting.size(), 2U);
  EXPECT_EQ(world_.last_refusal, ThrottleReason::concurrency);
}

TEST_F(QueueTest, AWaitEndsWithARefusalOnTime) {
  world_.call(1);
  world_.pass(seconds{9});
  EXPECT_EQ(world_.waiting.size(), 1U);
  world_.pass(seconds{1});
  EXPECT_TRUE(world_.waiting.empty());
  EXPECT_EQ(world_.last_refusal, ThrottleReason::concurrency);
}

TEST_F(QueueTest, ACancelledCallIsNotDispatched) {
  world_.call(1);
  world_.cancel(*world_.waiting.begin());
  world_.end_call(taken_[0]);
  EXPECT_TRUE(world_.dispatched.empty());
}

TEST_F(QueueTest, ANewEnvironmentServesWhoWaits) {
  world_.call(1);
  world_.scale(1, 4);
  world_.settle();
  EXPECT_EQ(world_.dispatched.size(), 1U);
}

TEST_F(QueueTest, RemovingTheVersionRefusesWhoWaits) {
  world_.call(1);
  world_.remove_version(1);
  EXPECT_TRUE(world_.waiting.empty());
}

}  // namespace
}  // namespace lmi::emulator::fleet::test
