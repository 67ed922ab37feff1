#include "unit/fleet/fleet_world.hpp"

#include <gtest/gtest.h>

#include <set>

namespace lmi::emulator::fleet::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class RotationTest : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_TRUE(world_.violations.empty())
        << world_.violations.front() << " and " << world_.violations.size() - 1 << " more";
  }

  void publish(unsigned environments, ProviderConfig provider = three_zone_provider(),
               Parameters parameters = {}) {
    world_ = World{parameters};
    world_.put_provider(provider);
    world_.add_version(version_config(1, environments));
    world_.settle();
  }
  std::set<EnvironmentId> ready() const {
    const auto ids = world_.environments_of(1, true);
    return {ids.begin(), ids.end()};
  }

  World world_;
};

TEST_F(RotationTest, EnvironmentsAreReplacedAfterFourHoursMoreOrLess) {
  publish(3);
  const auto first = ready();
  world_.live(hours{3} + minutes{30});
  EXPECT_EQ(ready(), first);
  world_.live(hours{1});  // four hours and ten percent of them
  EXPECT_EQ(ready().size(), 3U);
  for (const EnvironmentId id : ready()) EXPECT_EQ(first.count(id), 0U);
}

TEST_F(RotationTest, AnEnvironmentStopsOnlyWhenItsReplacementIsReady) {
  publish(1);
  const EnvironmentId old = *ready().begin();
  world_.pass(hours{4} + minutes{25});  // the replacement is launched meanwhile, but nothing becomes ready
  ASSERT_EQ(world_.environments.size(), 2U);
  EXPECT_EQ(world_.call(1), old);
  world_.end_call(old);

  for (const EnvironmentId id : world_.environments_of(1)) {
    if (id != old) world_.becomes_ready(id);
  }
  EXPECT_TRUE(world_.environments.at(old).stopping);
  EXPECT_NE(world_.call(1), old);
}

TEST_F(RotationTest, CallsInADrainingEnvironmentFinish) {
  publish(1);
  const EnvironmentId old = world_.call(1).value();
  world_.live(hours{5});
  ASSERT_EQ(world_.environments.count(old), 1U);  // it still works on the call
  EXPECT_TRUE(world_.environments.at(old).stopping);
  world_.end_call(old);
  world_.settle();
  EXPECT_EQ(world_.environments.count(old), 0U);
  EXPECT_EQ(world_.calls.finished, 1U);
  EXPECT_EQ(world_.calls.died, 0U);
}

TEST_F(RotationTest, NoMoreThanTheBatchLeavesAtATime) {
  Parameters parameters;
  parameters.lifetime_jitter_percent = 0;  // all are due at once
  parameters.instance_lifetime = Time{0};
  publish(20, three_zone_provider(), parameters);
  unsigned most = 0;
  const Time end = hours{6};
  while (world_.now < end) {
    world_.live(seconds{5});
    unsigned leaving = 0;
    for (const EnvironmentView& view : world_.fleet.environments()) leaving += view.leaving ? 1U : 0U;
    most = std::max(most, leaving);
    ASSERT_GE(ready().size(), 20U);
  }
  EXPECT_LE(most, 2U);
  for (const EnvironmentId id : ready()) EXPECT_GT(static_cast<std::uint64_t>(id), 20U);
}

TEST_F(RotationTest, WithoutRoomForAReplacementAnEnvironmentGoesFirstAfterAWhile) {
  ProviderConfig provider = three_zone_provider();
  provider.zones = {"a"};
  provider.max_vcpus = 4;
  Parameters parameters;
  parameters.instance_lifetime = Time{0};
  publish(3, provider, parameters);  // one full instance, no vCPU left
  const auto first = ready();
  world_.live(hours{5});
  EXPECT_EQ(ready().size(), 3U);
  for (const EnvironmentId id : ready()) EXPECT_EQ(first.count(id), 0U);
}

TEST_F(RotationTest, InstancesAreReplacedAfterTwelveHoursMoreOrLessOneByOne) {
  publish(3);
  std::set<InstanceId> first;
  for (const auto& [id, record] : world_.instances) first.insert(id);
  world_.live(hours{10} + minutes{30});
  for (const InstanceId id : first) EXPECT_EQ(world_.instances.count(id), 1U);

  std::size_t most = 0;
  while (world_.now < hours{14}) {
    world_.live(minutes{1});
    ASSERT_EQ(ready().size(), 3U);
    std::size_t draining = 0;
    for (const InstanceView& view : world_.fleet.instances()) {
      draining += view.state == InstanceState::draining ? 1U : 0U;
    }
    most = std::max(most, draining);
  }
  EXPECT_LE(most, 1U);
  EXPECT_EQ(world_.instances.size(), 3U);
  for (const InstanceId id : first) EXPECT_EQ(world_.instances.count(id), 0U);
}

TEST_F(RotationTest, AnInstanceIsReplacedAtTheVcpuCapToo) {
  ProviderConfig provider = three_zone_provider();
  provider.max_vcpus = 12;
  publish(3, provider);
  world_.live(hours{14});
  EXPECT_EQ(ready().size(), 3U);
  for (const auto& [id, record] : world_.instances) EXPECT_GT(static_cast<std::uint64_t>(id), 3U);
}

TEST_F(RotationTest, EnvironmentsThatFitOnFewerInstancesAreMovedTogether) {
  ProviderConfig provider = three_zone_provider();
  provider.zones = {"a"};
  world_.put_provider(provider);
  world_.add_version(version_config(1, 3));
  world_.add_version(version_config(2, 3));
  world_.settle();
  ASSERT_EQ(world_.instances.size(), 2U);  // three each
  world_.scale(1, 1);
  world_.scale(2, 2);
  world_.live(minutes{20});

  EXPECT_EQ(world_.instances.size(), 1U);
  EXPECT_EQ(world_.environments_of(1, true).size(), 1U);
  EXPECT_EQ(world_.environments_of(2, true).size(), 2U);
}

TEST_F(RotationTest, ZonesThatFellOutOfBalanceAreLevelled) {
  publish(6);
  std::vector<EnvironmentId> in_a;
  for (const EnvironmentId id : world_.environments_of(1)) {
    if (world_.instances.at(world_.environments.at(id).instance).zone == "a") in_a.push_back(id);
  }
  world_.scale(1, 6);
  for (const EnvironmentId id : in_a) {  // they fail as fewer are wanted: nothing is placed for them
    world_.scale(1, static_cast<unsigned>(world_.environments_of(1).size()) - 1);
    if (world_.environments.count(id) > 0 && !world_.environments.at(id).stopping) world_.dies(id);
  }
  world_.live(minutes{20});
  const auto zones = world_.zones_of(1);
  for (const auto& [zone, count] : zones) EXPECT_LE(count, zones.begin()->second + 1);
}

TEST_F(RotationTest, AFailedLaunchIsTriedAgain) {
  Parameters parameters;
  parameters.instance_launch_failure_permille = 500;
  publish(3, three_zone_provider(), parameters);
  world_.live(minutes{5});
  EXPECT_EQ(ready().size(), 3U);
  EXPECT_TRUE(world_.told("active 1"));
}

TEST_F(RotationTest, ALaunchThatFailsIsToldAfterTheGiveUpTime) {
  Parameters parameters = Parameters::as_on_aws();
  parameters.instance_launch_failure_permille = 1000;
  parameters.instance_launch_jitter_percent = 0;
  Fleet fleet{parameters, small_catalogue(), 1};
  Decisions decisions;
  fleet.put_provider(three_zone_provider(), Time{0}, decisions);
  fleet.add_version(version_config(1, 1), Time{0}, decisions);
  const auto launch = std::get<LaunchInstance>(decisions.front());
  EXPECT_TRUE(launch.fails);
  EXPECT_EQ(launch.delay, seconds{210});

  decisions.clear();
  fleet.instance_failed(launch.instance, launch.delay, decisions);
  EXPECT_EQ(std::get<TerminateInstance>(decisions.front()).reason, TerminationReason::launch_failed);
  EXPECT_EQ(decisions.size(), 1U);
  EXPECT_EQ(fleet.next_wake_up(), launch.delay + parameters.instance_launch_retry_delay);
  decisions.clear();
  fleet.tick(*fleet.next_wake_up(), decisions);
  EXPECT_NE(std::get<LaunchInstance>(decisions.front()).instance, launch.instance);
}

TEST_F(RotationTest, LaunchDelaysDifferWithinTheJitter) {
  Fleet fleet{Parameters::as_on_aws(), small_catalogue(), 1};
  Decisions decisions;
  fleet.put_provider(three_zone_provider(), Time{0}, decisions);
  fleet.add_version(version_config(1, 30), Time{0}, decisions);
  std::set<Time> delays;
  for (const Decision& decision : decisions) {
    const Time delay = std::get<LaunchInstance>(decision).delay;
    EXPECT_GE(delay, seconds{60});
    EXPECT_LE(delay, seconds{120});
    delays.insert(delay);
  }
  EXPECT_GT(delays.size(), 5U);
}

TEST_F(RotationTest, ALostInstanceTakesItsEnvironmentsAndTheirCallsAndAllIsReplaced) {
  publish(3);
  const EnvironmentId caller = world_.call(1).value();
  world_.instance_dies(world_.environments.at(caller).instance);
  EXPECT_EQ(world_.environments.count(caller), 0U);
  EXPECT_EQ(world_.calls.died, 1U);
  world_.settle();
  EXPECT_EQ(ready().size(), 3U);
  EXPECT_EQ(world_.zones_of(1), (std::map<std::string, unsigned>{{"a", 1}, {"b", 1}, {"c", 1}}));
}

TEST_F(RotationTest, TheFirstBurstMayExceedTheCapAsObservedAndNothingLaterMay) {
  ProviderConfig provider = three_zone_provider();
  provider.zones = {"a"};
  provider.max_vcpus = 12;
  world_.put_provider(provider);
  for (std::uint64_t id = 1; id <= 5; ++id) world_.add_version(version_config(id));  // an xlarge each

  EXPECT_EQ(world_.instances.size(), 4U);  // 16 vCPUs, as observed on AWS
  EXPECT_TRUE(world_.told("failed 5 CapacityProviderScalingLimitExceeded"));
  world_.settle();
  world_.remove_version(4);
  world_.settle();
  world_.live(minutes{2});
  world_.add_version(version_config(6));
  world_.settle();
  EXPECT_TRUE(world_.told("failed 6 CapacityProviderScalingLimitExceeded"));
}

}  // namespace
}  // namespace lmi::emulator::fleet::test
