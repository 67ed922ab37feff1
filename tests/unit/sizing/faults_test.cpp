#include "simulate/report.hpp"
#include "unit/sizing/world.hpp"

#include <gtest/gtest.h>

namespace lmi::sizing::simulate {
namespace {

/// A fleet that lives quickly, under load, in which much breaks.
Scenario fragile(std::uint64_t seed) {
  Scenario scenario = fixed_fleet(4, 8);
  scenario.seed = seed;
  scenario.function.scaling.max_environments.reset();
  scenario.parameters = fleet::Parameters{};
  scenario.parameters.environment_lifetime = std::chrono::seconds{20};
  scenario.parameters.instance_lifetime = std::chrono::seconds{30};
  scenario.parameters.queue_length = seed % 2 == 0 ? 20 : 0;
  scenario.service.cpu_ms = Distribution::lognormal(20, 2);
  scenario.service.wait_ms = Distribution::exponential(200);
  scenario.retries.attempts = static_cast<unsigned>(1 + seed % 3);
  scenario.arrivals = poisson(60, scenario.duration);
  scenario.faults = {.environment_crashes_per_hour = 120, .instance_losses_per_hour = 120};
  return scenario;
}

TEST(Faults, EveryCallHasExactlyOneOutcomeWhateverBreaks) {
  std::uint64_t lost = 0;
  FaultCounts broken;
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    const Outcome outcome = run(fragile(seed));
    EXPECT_EQ(outcome.calls.answered(), outcome.calls.arrived) << "seed " << seed;
    EXPECT_EQ(sum(outcome.calls.throttles), outcome.calls.refused + outcome.calls.retries) << "seed " << seed;
    lost += outcome.calls.lost;
    broken.environments_crashed += outcome.faults.environments_crashed;
    broken.instances_lost += outcome.faults.instances_lost;
  }
  EXPECT_GT(lost, 15U);
  EXPECT_GT(broken.environments_crashed, 15U);
  EXPECT_GT(broken.instances_lost, 15U);
}

TEST(Faults, TheSameSeedBreaksTheSameThingsAtTheSameTimes) {
  const auto json = [](std::uint64_t seed) {
    const Scenario scenario = fragile(seed);
    const FinishedRun finished{"run", scenario, run(scenario)};
    return to_json({&finished, 1});
  };
  EXPECT_EQ(json(7), json(7));
  EXPECT_NE(json(7), json(9));
}

TEST(Faults, CrashesComeAsOftenAsTheScenarioSays) {
  // 100 environments that live an hour each on average, for half an hour: 50 crashes, a deviation of 7.
  Scenario scenario = fixed_fleet(100, 1);
  scenario.duration = std::chrono::minutes{30};
  scenario.service.wait_ms = Distribution::constant(1);
  scenario.faults.environment_crashes_per_hour = 1;
  const Outcome outcome = run(scenario);
  EXPECT_NEAR(static_cast<double>(outcome.faults.environments_crashed), 50, 21);
  EXPECT_EQ(outcome.faults.instances_lost, 0U);
}

TEST(Faults, WhatBrokeIsReplaced) {
  for (const Faults faults : {Faults{30, 0}, Faults{0, 30}}) {
    Scenario scenario = fixed_fleet(6, 4);
    scenario.duration = std::chrono::minutes{20};
    scenario.parameters.instance_launch_delay = std::chrono::seconds{5};
    scenario.service.wait_ms = Distribution::constant(10);
    scenario.arrivals = poisson(10, scenario.duration);
    scenario.faults = faults;
    const Outcome outcome = run(scenario);
    EXPECT_GT(outcome.faults.environments_crashed + outcome.faults.instances_lost, 10U);
    // Starting again takes seconds, and something breaks every minute or two.
    EXPECT_GT(outcome.environment_hours * 3, 6 * 0.8);
    EXPECT_LE(outcome.peaks.environments, 6U);
  }
}

TEST(Faults, TheCallsOfALostEnvironmentAreLostAndNoOthers) {
  Scenario scenario = fixed_fleet(1, 8);
  scenario.service.wait_ms = Distribution::constant(50'000);
  scenario.arrivals = burst(8);
  scenario.faults.environment_crashes_per_hour = 3600;  // certain within the first seconds
  const Calls calls = run(scenario).calls;
  EXPECT_EQ(calls.lost, 8U);
  EXPECT_EQ(calls.succeeded, 0U);
}

TEST(Faults, FluidModeSaysThatItCannotFollowThem) {
  Scenario scenario = fixed_fleet(3, 4);
  scenario.service.wait_ms = Distribution::constant(10);
  scenario.faults.instance_losses_per_hour = 1;
  const auto outcome = simulate(scenario, small_catalogue(), ModeChoice::fluid);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().what, "fluid mode cannot simulate this scenario: it does not follow crashes");
  EXPECT_EQ(run(scenario, ModeChoice::automatic).mode, Mode::exact);
}

}  // namespace
}  // namespace lmi::sizing::simulate
