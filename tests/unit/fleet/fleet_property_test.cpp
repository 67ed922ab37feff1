#include "fleet/random.hpp"
#include "unit/fleet/fleet_world.hpp"
#include "unit/fleet/history.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iterator>
#include <string>

namespace lmi::emulator::fleet::test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t history_length = 60;

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::stoull(value);
}

/// Runs the histories of `count` seeds from `first` on. A failing one is shrunk and told with the means to
/// run it alone: LMI_FLEET_SEED=n.
void run_histories(std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const History history = random_history(seed, history_length);
    const auto violation = violation_of(history);
    if (!violation) continue;
    const History shortest =
        shrink(history, [](const History& shorter) { return violation_of(shorter).has_value(); });
    FAIL() << *violation << "\nAlone: LMI_FLEET_SEED=" << seed << "\nShrunk to " << shortest.steps.size()
           << " steps, which end in: " << violation_of(shortest).value_or("nothing") << "\n"
           << text(shortest);
  }
}

/// Ten tests, so that they run beside each other; LMI_FLEET_SEEDS says how many seeds each has.
class FleetHistories : public testing::TestWithParam<std::uint64_t> {};

TEST_P(FleetHistories, EveryInvariantHoldsAfterEveryStepOfRandomHistories) {
  const std::uint64_t alone = number_from_environment("LMI_FLEET_SEED", 0);
  if (alone > 0) {
    run_histories(alone, 1);
    return;
  }
  const std::uint64_t seeds = number_from_environment("LMI_FLEET_SEEDS", 100);
  run_histories(1 + GetParam() * seeds, seeds);
}

INSTANTIATE_TEST_SUITE_P(Tenth, FleetHistories, testing::Range<std::uint64_t>(0, 10));

TEST(FleetProperty, AFailingHistoryIsShrunkToTheStepsThatMatter) {
  const auto fails = [](const History& history) {
    // Only the order of two kinds of steps matters to this "bug".
    bool added = false;
    for (const Step& step : history.steps) {
      if (step.what == Step::What::add_version) added = true;
      if (step.what == Step::What::instance_dies && added) return true;
    }
    return false;
  };
  const History history = random_history(3, 200);
  ASSERT_TRUE(fails(history));

  const History shortest = shrink(history, fails);

  ASSERT_EQ(shortest.steps.size(), 2U);
  EXPECT_EQ(shortest.steps[0].what, Step::What::add_version);
  EXPECT_EQ(shortest.steps[1].what, Step::What::instance_dies);
  EXPECT_EQ(text(shortest).substr(0, 11), "add version");
}

TEST(FleetProperty, ASingleVersionStaysLevelOverItsZonesThroughScaling) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    World world{{}, seed};
    Random random{seed};
    world.put_provider(three_zone_provider());
    world.add_version(version_config(1));
    for (int i = 0; i < 8; ++i) {
      world.settle();
      if (random.below(3) == 0) {  // a crash is made good in the zone it left short
        const auto live = world.environments_of(1);
        world.dies(live[random.below(live.size())]);
        world.live(seconds{60});
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
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const History history = random_history(seed, history_length);
    ASSERT_EQ(journal_of(history), journal_of(history)) << "seed " << seed;
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

/// FNV-1a over the decisions of many histories: a number that is the same wherever the core decides the same.
std::uint64_t fingerprint(std::uint64_t first, std::uint64_t count) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    for (const std::string& line : journal_of(random_history(seed, history_length))) {
      for (const char c : line + "\n") {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
      }
    }
  }
  return hash;
}

TEST(FleetProperty, TheDecisionsForAHundredHistoriesAreTheRecordedOnes) {
  EXPECT_EQ(fingerprint(1, 100), 3919955045968848066U)
      << "The core decides otherwise than it did when this number was recorded.";
}

}  // namespace
}  // namespace lmi::emulator::fleet::test
