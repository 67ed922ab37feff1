#include "unit/fleet/fleet_world.hpp"

#include <gtest/gtest.h>

#include <set>

namespace lmi::emulator::fleet::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Zones = std::map<std::string, unsigned>;

const VersionFailure init_error{"FunctionError.RuntimeInitError", "boo"};

class FleetTest : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_TRUE(world_.violations.empty())
        << world_.violations.front() << " and " << world_.violations.size() - 1 << " more";
  }

  void publish(std::uint64_t id = 1, unsigned min = 3, unsigned slots = 2) {
    world_.put_provider(three_zone_provider());
    world_.add_version(version_config(id, min, slots));
    world_.settle();
  }

  World world_;
};

TEST_F(FleetTest, PublishingStartsThreeEnvironmentsOnInstancesInThreeZones) {
  publish();

  EXPECT_EQ(world_.zones_of(1), (Zones{{"a", 1}, {"b", 1}, {"c", 1}}));
  EXPECT_EQ(world_.instance_zones(), (Zones{{"a", 1}, {"b", 1}, {"c", 1}}));
  EXPECT_EQ(world_.notices, std::vector<std::string>{"active 1"});
}

TEST_F(FleetTest, StartsAsManyInstancesAsThereAreDistinctZones) {
  ProviderConfig provider = three_zone_provider();
  provider.zones = {"a", "a", "a"};
  world_.put_provider(provider);
  world_.add_version(version_config(1));
  world_.settle();

  EXPECT_EQ(world_.instance_zones(), (Zones{{"a", 1}}));
  EXPECT_EQ(world_.zones_of(1), (Zones{{"a", 3}}));
}

TEST_F(FleetTest, SpreadsOverThreeZonesEvenWhenThereAreMore) {
  ProviderConfig provider = three_zone_provider();
  provider.zones = {"a", "b", "c", "d", "e"};
  world_.put_provider(provider);
  world_.add_version(version_config(1, 6));
  world_.settle();

  EXPECT_EQ(world_.zones_of(1), (Zones{{"a", 2}, {"b", 2}, {"c", 2}}));
}

TEST_F(FleetTest, IsActiveOnlyWhenItsWholeMinimumIsReady) {
  world_.put_provider(three_zone_provider());
  world_.add_version(version_config(1));
  for (const auto& [id, record] : std::map{world_.instances}) world_.instance_runs(id);
  const auto started = world_.environments_of(1);
  ASSERT_EQ(started.size(), 3U);

  world_.becomes_ready(started[0]);
  world_.becomes_ready(started[1]);
  EXPECT_TRUE(world_.notices.empty());
  world_.becomes_ready(started[2]);
  EXPECT_TRUE(world_.told("active 1"));
}

TEST_F(FleetTest, ASecondFunctionSharesTheInstances) {
  publish();
  world_.add_version(version_config(2));
  world_.settle();

  EXPECT_EQ(world_.instances.size(), 3U);
  EXPECT_TRUE(world_.told("active 2"));
  EXPECT_EQ(world_.zones_of(2), (Zones{{"a", 1}, {"b", 1}, {"c", 1}}));
}

TEST_F(FleetTest, FailsAVersionWhoseMinimumDoesNotFitUnderTheCapAndLaunchesNothing) {
  ProviderConfig provider = three_zone_provider();
  provider.max_vcpus = 12;
  world_.put_provider(provider);
  world_.add_version(version_config(1, 13));  // even four xlarges, 16 vCPUs at first, hold only twelve
  world_.settle();

  EXPECT_TRUE(world_.told("failed 1 CapacityProviderScalingLimitExceeded"));
  EXPECT_TRUE(world_.instances.empty());
}

TEST_F(FleetTest, FailsAVersionThatNoAllowedTypeCanHold) {
  ProviderConfig provider = three_zone_provider();
  provider.allowed_types = {"m1.large"};
  world_.put_provider(provider);
  VersionConfig large = version_config(1);
  large.memory_mb = 4096;
  world_.add_version(large);

  EXPECT_TRUE(world_.told("failed 1 InsufficientCapacity"));
}

TEST_F(FleetTest, FailsAVersionOfAnUnknownProvider) {
  world_.add_version(version_config(1));
  EXPECT_TRUE(world_.told("failed 1 InternalError"));
}

TEST_F(FleetTest, ReplacesAnEnvironmentThatCrashed) {
  publish();
  world_.pass(minutes{1});
  const EnvironmentId crashed = world_.environments_of(1).front();
  world_.dies(crashed);
  world_.settle();

  EXPECT_EQ(world_.environments_of(1, true).size(), 3U);
  EXPECT_EQ(world_.zones_of(1), (Zones{{"a", 1}, {"b", 1}, {"c", 1}}));
  EXPECT_EQ(world_.notices, std::vector<std::string>{"active 1"});  // it stayed active
}

TEST_F(FleetTest, ACrashLoopWaitsLongerEachTimeInsteadOfSpinning) {
  publish(1, 1);
  std::vector<Time> waits;
  for (int i = 0; i < 12; ++i) {
    const Time crashed_at = world_.now;
    world_.dies(world_.environments_of(1).front());
    while (world_.environments_of(1).empty()) {
      const auto due = world_.fleet.next_wake_up();
      ASSERT_TRUE(due);
      world_.pass(*due - world_.now);
    }
    waits.push_back(world_.now - crashed_at);
    world_.settle();
    ASSERT_EQ(world_.environments_of(1, true).size(), 1U);
  }

  EXPECT_EQ(waits[0], Time{0});  // one early death is forgiven
  EXPECT_GE(waits[1], milliseconds{80 * 2});
  EXPECT_GE(waits[5], milliseconds{80 * 32});
  EXPECT_LE(waits.back(), seconds{36});
  EXPECT_GE(waits.back(), seconds{24});
}

TEST_F(FleetTest, GivesUpAVersionWhoseInitialisationFailsRepeatedlyWithItsReason) {
  world_.put_provider(three_zone_provider());
  world_.add_version(version_config(1));
  for (const auto& [id, record] : std::map{world_.instances}) world_.instance_runs(id);
  std::size_t starts = 0;
  while (!world_.told("failed 1 FunctionError.RuntimeInitError") && starts < 100) {
    const auto live = world_.environments_of(1);
    starts += live.size();
    for (const EnvironmentId id : live) {
      if (world_.environments.count(id) > 0 && !world_.environments.at(id).stopping)
        world_.dies(id, init_error);
    }
    world_.pass(seconds{1});
  }
  world_.settle();

  EXPECT_TRUE(world_.told("failed 1 FunctionError.RuntimeInitError"));
  EXPECT_EQ(starts, 3U * 3U);
  EXPECT_TRUE(world_.environments.empty());
  EXPECT_EQ(world_.call(1), std::nullopt);
}

TEST_F(FleetTest, GivesUpAVersionWhoseEnvironmentsDieRightAfterInitialisation) {
  world_.put_provider(three_zone_provider());
  world_.add_version(version_config(1, 2));
  for (const auto& [id, record] : std::map{world_.instances}) world_.instance_runs(id);
  const EnvironmentId hanging = world_.environments_of(1).front();
  for (int i = 0; i < 3; ++i) {
    for (const EnvironmentId id : world_.environments_of(1)) {
      if (id == hanging) continue;
      world_.becomes_ready(id);
      world_.dies(id);
    }
    world_.pass(seconds{1});
  }

  EXPECT_TRUE(world_.told("failed 1 FunctionError.RuntimeInitError"));
}

TEST_F(FleetTest, AnActiveVersionIsNeverGivenUp) {
  publish();
  for (int i = 0; i < 20; ++i) {
    for (const EnvironmentId id : world_.environments_of(1)) world_.dies(id, init_error);
    world_.pass(minutes{1});
    for (const auto& [id, record] : std::map{world_.instances}) {
      if (!record.running) world_.instance_runs(id);
    }
  }
  world_.settle();

  EXPECT_EQ(world_.environments_of(1, true).size(), 3U);
  EXPECT_EQ(world_.notices, std::vector<std::string>{"active 1"});
}

TEST_F(FleetTest, ScalesUpLevelOverTheZonesAndDownAgain) {
  publish();
  world_.scale(1, 8);
  world_.settle();
  EXPECT_EQ(world_.zones_of(1), (Zones{{"a", 3}, {"b", 3}, {"c", 2}}));
  EXPECT_EQ(world_.instances.size(), 3U);  // three each

  world_.scale(1, 4);
  world_.settle();
  EXPECT_EQ(world_.environments_of(1).size(), 4U);
  const Zones zones = world_.zones_of(1);
  EXPECT_EQ(zones.size(), 3U);
  for (const auto& [zone, count] : zones) EXPECT_LE(count, 2U);
}

TEST_F(FleetTest, ScalingDownStopsIdleEnvironmentsBeforeBusyOnes) {
  ProviderConfig provider = three_zone_provider();
  provider.zones = {"a"};
  world_.put_provider(provider);
  world_.add_version(version_config(1));
  world_.settle();
  const EnvironmentId busy = world_.call(1).value();

  world_.scale(1, 1);

  EXPECT_EQ(world_.environments_of(1), std::vector<EnvironmentId>{busy});
}

TEST_F(FleetTest, GrowthBeyondTheCapWaitsForRoomWhileTheVersionServesOn) {
  ProviderConfig provider = three_zone_provider();
  provider.max_vcpus = 12;
  world_.put_provider(provider);
  world_.add_version(version_config(1));
  world_.settle();

  world_.scale(1, 12);
  world_.settle();
  EXPECT_EQ(world_.environments_of(1, true).size(), 9U);
  EXPECT_EQ(world_.notices, std::vector<std::string>{"active 1"});

  provider.max_vcpus = 16;
  world_.put_provider(provider);
  world_.settle();
  EXPECT_EQ(world_.environments_of(1, true).size(), 12U);
}

TEST_F(FleetTest, ZeroToZeroDeactivatesAndAMinimumBringsItBack) {
  publish();
  world_.scale(1, 0, 0);
  EXPECT_EQ(world_.call(1), std::nullopt);
  EXPECT_FALSE(world_.told("deactivated 1"));  // environments still drain
  world_.settle();
  EXPECT_TRUE(world_.told("deactivated 1"));
  EXPECT_TRUE(world_.environments.empty());

  world_.notices.clear();
  world_.scale(1, 2);
  world_.settle();
  EXPECT_EQ(world_.notices, std::vector<std::string>{"active 1"});
  EXPECT_EQ(world_.environments_of(1, true).size(), 2U);
}

TEST_F(FleetTest, AVersionAddedWithZeroIsDeactivatedAtOnce) {
  world_.put_provider(three_zone_provider());
  world_.add_version(version_config(1, 0));
  EXPECT_EQ(world_.notices, std::vector<std::string>{"deactivated 1"});
  EXPECT_TRUE(world_.instances.empty());
}

TEST_F(FleetTest, AFailedVersionStartsAgainWhenItIsScaled) {
  ProviderConfig provider = three_zone_provider();
  provider.max_vcpus = 4;
  world_.put_provider(provider);
  world_.add_version(version_config(1, 4));
  ASSERT_TRUE(world_.told("failed 1 CapacityProviderScalingLimitExceeded"));

  world_.scale(1, 3);
  world_.settle();

  EXPECT_TRUE(world_.told("active 1"));
}

TEST_F(FleetTest, RemovingAVersionDrainsItAndTellsWhenAllIsGone) {
  publish();
  world_.remove_version(1);
  EXPECT_EQ(world_.call(1), std::nullopt);
  EXPECT_FALSE(world_.told("removed 1"));
  world_.settle();
  EXPECT_TRUE(world_.told("removed 1"));
}

TEST_F(FleetTest, RemovingAVersionWithoutEnvironmentsTellsAtOnce) {
  world_.put_provider(three_zone_provider());
  world_.add_version(version_config(1));  // instances still launch
  world_.remove_version(1);
  EXPECT_TRUE(world_.told("removed 1"));
}

TEST_F(FleetTest, RemovingAVersionThatWasRefusedTellsAtOnce) {
  world_.add_version(version_config(1));  // there is no provider
  world_.remove_version(1);
  EXPECT_TRUE(world_.told("removed 1"));
}

TEST_F(FleetTest, TerminatesInstancesThatStayIdle) {
  publish();
  world_.remove_version(1);
  world_.settle();
  EXPECT_EQ(world_.instances.size(), 3U);

  world_.pass(Parameters{}.idle_instance_grace);

  EXPECT_TRUE(world_.instances.empty());
  EXPECT_EQ(world_.fleet.next_wake_up(), std::nullopt);
}

TEST_F(FleetTest, AnIdleInstanceGivesWayAtOnceWhenTheCapNeedsItsVcpus) {
  ProviderConfig provider = three_zone_provider();
  provider.zones = {"a"};
  provider.max_vcpus = 8;
  world_.put_provider(provider);
  world_.add_version(version_config(1));
  world_.settle();
  world_.remove_version(1);
  world_.settle();
  ASSERT_EQ(world_.instances.size(), 1U);

  VersionConfig large = version_config(2, 1);
  large.memory_mb = 8192;  // 4 vCPU: needs a 2xlarge, all the cap allows
  world_.add_version(large);
  world_.settle();

  EXPECT_TRUE(world_.told("active 2"));
  ASSERT_EQ(world_.instances.size(), 1U);
  EXPECT_EQ(world_.instances.begin()->second.type, "m1.2xlarge");
}

TEST_F(FleetTest, RemovingAProviderTerminatesItsInstancesWhenItsLastVersionIsGone) {
  publish();
  world_.remove_version(1);
  world_.remove_provider("provider");
  EXPECT_EQ(world_.instances.size(), 3U);  // environments still drain there
  world_.settle();
  EXPECT_TRUE(world_.instances.empty());
}

TEST_F(FleetTest, RefusesACallWithTheConcurrencyReasonWhenNoSlotIsFree) {
  publish();
  for (int i = 0; i < 3 * 2; ++i) ASSERT_TRUE(world_.call(1));
  EXPECT_EQ(world_.fleet.route(VersionId{1}, world_.now), Route{ThrottleReason::concurrency});
  EXPECT_EQ(world_.fleet.route(VersionId{99}, world_.now), Route{ThrottleReason::concurrency});
}

TEST_F(FleetTest, AReleaseOfADeadEnvironmentFreesNothing) {
  publish();
  world_.pass(minutes{1});
  const EnvironmentId dead = world_.call(1).value();
  world_.dies(dead);
  Decisions nothing;
  world_.fleet.release(dead, world_.now, nothing);
  EXPECT_TRUE(nothing.empty());
  world_.settle();

  std::set<EnvironmentId> used;
  for (int i = 0; i < 6; ++i) used.insert(world_.call(1).value());
  EXPECT_EQ(used.size(), 3U);
  EXPECT_EQ(world_.call(1), std::nullopt);
}

TEST_F(FleetTest, IgnoresReportsAboutWhatItDoesNotKnow) {
  publish();
  const auto before = world_.journal;
  world_.instance_runs(InstanceId{77});
  world_.becomes_ready(EnvironmentId{77});
  world_.dies(EnvironmentId{77});
  EXPECT_EQ(world_.journal, before);
}

}  // namespace
}  // namespace lmi::emulator::fleet::test
