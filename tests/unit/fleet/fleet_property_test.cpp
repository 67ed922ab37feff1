#include "fleet/state.hpp"
#include "unit/fleet/fleet_world.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <sstream>
#include <string>

namespace lmi::emulator::fleet::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t seeds = 1000;
constexpr int steps = 60;

/// Drives a world by random wishes and reports. Every random number comes from the seed.
class RandomDriver {
 public:
  explicit RandomDriver(std::uint64_t seed) : world_{{}, seed}, random_{seed} {
    ProviderConfig provider = three_zone_provider();
    provider.max_vcpus = 12 + static_cast<unsigned>(random_.below(30));
    world_.put_provider(provider);
  }

  void step() {
    switch (random_.below(10)) {
      case 0: add_version(); break;
      case 1: scale_one(); break;
      case 2:
        if (random_.below(3) == 0) remove_one();
        break;
      case 3: some_instance_runs(); break;
      case 4:
      case 5: some_environment_moves_on(); break;
      case 6: some_environment_dies(); break;
      case 7:
      case 8: call_or_end(); break;
      default: world_.pass(milliseconds{random_.below(20'000)}); break;
    }
  }

  /// From any state: everything that was asked for is there once failures stop.
  void calm_down() {
    for (const EnvironmentId id : calls_) {
      if (world_.environments.count(id) > 0) world_.end_call(id);
    }
    calls_.clear();
    world_.settle();
    world_.pass(minutes{2});
    world_.settle();
  }

  void lift_the_cap() {
    ProviderConfig provider = three_zone_provider();
    provider.max_vcpus = 100'000;
    world_.put_provider(provider);
    world_.settle();
  }

  World& world() { return world_; }
  const std::map<std::uint64_t, unsigned>& wanted() const { return wanted_; }

 private:
  void add_version() {
    VersionConfig config = version_config(++last_version_, 1 + static_cast<unsigned>(random_.below(5)),
                                          1 + static_cast<unsigned>(random_.below(4)));
    config.memory_mb = 2048U << random_.below(3);
    config.gib_per_vcpu = static_cast<double>(2U << random_.below(2));
    wanted_[last_version_] = config.scaling.min_environments;
    world_.add_version(std::move(config));
  }

  void scale_one() {
    if (wanted_.empty()) return;
    auto& [version, min] =
        *std::next(wanted_.begin(), static_cast<std::ptrdiff_t>(random_.below(wanted_.size())));
    min = static_cast<unsigned>(random_.below(7));
    world_.scale(version, min, min == 0 ? std::optional<unsigned>{0} : std::nullopt);
  }

  void remove_one() {
    if (wanted_.empty()) return;
    const auto entry = std::next(wanted_.begin(), static_cast<std::ptrdiff_t>(random_.below(wanted_.size())));
    world_.remove_version(entry->first);
    wanted_.erase(entry);
  }

  void some_instance_runs() {
    for (const auto& [id, record] : std::map{world_.instances}) {
      if (!record.running && random_.below(2) == 0) world_.instance_runs(id);
    }
  }

  void some_environment_moves_on() {
    for (const auto& [id, record] : std::map{world_.environments}) {
      if (random_.below(2) == 0 || world_.environments.count(id) == 0) continue;
      if (world_.environments.at(id).stopping) {
        world_.dies(id);
      } else if (!record.ready) {
        world_.becomes_ready(id);
      }
    }
  }

  void some_environment_dies() {
    if (world_.environments.empty()) return;
    const auto index = static_cast<std::ptrdiff_t>(random_.below(world_.environments.size()));
    const auto& [id, record] = *std::next(world_.environments.begin(), index);
    const VersionFailure failure{"FunctionError.InitTimeout", ""};
    world_.dies(id, record.ready ? std::nullopt : std::optional{failure});
  }

  void call_or_end() {
    if (!calls_.empty() && random_.below(2) == 0) {
      const auto entry = std::next(calls_.begin(), static_cast<std::ptrdiff_t>(random_.below(calls_.size())));
      if (world_.environments.count(*entry) > 0) world_.end_call(*entry);
      calls_.erase(entry);
    } else if (!wanted_.empty()) {
      const auto index = static_cast<std::ptrdiff_t>(random_.below(wanted_.size()));
      if (const auto id = world_.call(std::next(wanted_.begin(), index)->first)) calls_.push_back(*id);
    }
  }

  World world_;
  Random random_;
  std::uint64_t last_version_ = 0;
  std::map<std::uint64_t, unsigned> wanted_;
  std::vector<EnvironmentId> calls_;
};

/// "active", "failed" or "deactivated"; "" when nothing was told of the version.
std::string newest_notice(const World& world, std::uint64_t version) {
  for (auto notice = world.notices.rbegin(); notice != world.notices.rend(); ++notice) {
    std::istringstream words{*notice};
    std::string what;
    std::uint64_t id = 0;
    words >> what >> id;
    if (id == version) return what;
  }
  return "";
}

TEST(FleetProperty, EveryInvariantHoldsAfterEveryStepOfRandomHistories) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    RandomDriver driver{seed};
    for (int i = 0; i < steps; ++i) {
      driver.step();
      ASSERT_TRUE(driver.world().violations.empty())
          << "seed " << seed << " step " << i << ": " << driver.world().violations.front();
    }
  }
}

TEST(FleetProperty, WithRoomEveryVersionEndsWithItsMinimumReadyUnlessItFailedOrWasDeactivated) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    RandomDriver driver{seed};
    for (int i = 0; i < steps; ++i) driver.step();
    driver.calm_down();
    driver.lift_the_cap();
    World& world = driver.world();
    ASSERT_TRUE(world.violations.empty()) << "seed " << seed << ": " << world.violations.front();

    for (const auto& [version, min] : driver.wanted()) {
      const std::string notice = newest_notice(world, version);
      const std::size_t ready = world.environments_of(version, true).size();
      if (notice == "active") {
        EXPECT_EQ(ready, min) << "seed " << seed;
      } else if (notice == "deactivated") {
        EXPECT_EQ(min, 0U) << "seed " << seed;
        EXPECT_EQ(ready, 0U) << "seed " << seed;
      } else {
        EXPECT_EQ(notice, "failed") << "seed " << seed;  // never left pending
        EXPECT_EQ(ready, 0U) << "seed " << seed;
      }
    }
  }
}

TEST(FleetProperty, ASingleVersionStaysLevelOverItsZonesThroughScaling) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    World world{{}, seed};
    Random random{seed};
    world.put_provider(three_zone_provider());
    world.add_version(version_config(1));
    for (int i = 0; i < 8; ++i) {
      world.settle();
      if (random.below(3) == 0) {  // a crash is made good in the zone it left short
        const auto live = world.environments_of(1);
        world.dies(live[random.below(live.size())]);
        world.pass(seconds{60});
        world.settle();
      }
      const auto zones = world.zones_of(1);
      const unsigned total = static_cast<unsigned>(world.environments_of(1).size());
      for (const auto& [zone, count] : zones) {
        ASSERT_GE(count, total / 3) << "seed " << seed;
        ASSERT_LE(count, (total + 2) / 3) << "seed " << seed;
      }
      world.scale(1, 1 + static_cast<unsigned>(random.below(15)));
    }
    ASSERT_TRUE(world.violations.empty()) << "seed " << seed << ": " << world.violations.front();
  }
}

TEST(FleetProperty, TheSameInputsGiveTheSameDecisions) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    RandomDriver first{seed};
    RandomDriver second{seed};
    for (int i = 0; i < steps; ++i) {
      first.step();
      second.step();
    }
    ASSERT_EQ(first.world().journal, second.world().journal) << "seed " << seed;
  }
}

TEST(FleetProperty, TheDecisionsForAKnownHistoryAreTheRecordedOnes) {
  World world{{}, 7};
  world.put_provider(three_zone_provider());
  world.add_version(version_config(1));
  world.settle();
  world.scale(1, 4);
  world.settle();
  world.pass(minutes{1});
  world.dies(EnvironmentId{2});
  world.scale(1, 2);
  world.settle();
  world.remove_version(1);
  world.settle();
  world.pass(minutes{1});

  EXPECT_EQ(world.journal, (std::vector<std::string>{
                               "launch 1 c1.xlarge a", "launch 2 c1.xlarge b", "launch 3 c1.xlarge c",
                               "start 1 of 1 on 1", "start 2 of 1 on 2", "start 3 of 1 on 3", "active 1",
                               "start 4 of 1 on 1", "start 5 of 1 on 2", "stop 4", "stop 5", "stop 1",
                               "stop 3", "removed 1", "terminate 1", "terminate 2", "terminate 3"}));
}

}  // namespace
}  // namespace lmi::emulator::fleet::test
