#include "simulate/report.hpp"
#include "unit/sizing/world.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lmi::sizing::simulate {
namespace {

Workload waiting(const char* name, unsigned environments, unsigned slots, double wait_ms) {
  Workload workload = fixed_fleet(environments, slots);
  workload.function_name = name;
  workload.service.wait_ms = Distribution::constant(wait_ms);
  return workload;
}

/// Two functions on one provider.
Scenario two(Workload first, Workload second) {
  Scenario scenario = fixed_fleet(1, 1);
  static_cast<Workload&>(scenario) = std::move(first);
  scenario.others.push_back(std::move(second));
  return scenario;
}

TEST(SeveralFunctions, EachHasItsOwnSlotsAndTheSumsAddUp) {
  Workload full = waiting("full", 3, 16, 3000);
  full.arrivals = burst(60);
  Workload calm = waiting("calm", 2, 4, 100);
  calm.arrivals = burst(8);
  const Outcome outcome = run(two(full, calm));
  ASSERT_EQ(outcome.functions.size(), 2U);
  EXPECT_EQ(outcome.functions[0].name, "full");
  EXPECT_EQ(outcome.functions[0].calls.succeeded, 48U);
  EXPECT_EQ(outcome.functions[0].calls.throttles, (ByReason{12, 0, 0, 0}));
  EXPECT_EQ(outcome.functions[0].peak_environments, 3U);
  EXPECT_EQ(outcome.functions[1].calls.succeeded, 8U);
  EXPECT_EQ(outcome.functions[1].calls.refused, 0U);
  EXPECT_NEAR(outcome.functions[1].latency.mean(), 100e3, 1e3);
  EXPECT_EQ(outcome.calls.succeeded, 56U);
  EXPECT_EQ(outcome.calls.arrived, 68U);
  EXPECT_EQ(outcome.peaks.environments, 5U);
}

TEST(SeveralFunctions, OneMoreLeavesTheCallsOfTheOthersAsTheyAre) {
  Scenario alone = fixed_fleet(3, 16);
  alone.function_name = "first";
  alone.service.cpu_ms = Distribution::exponential(20);
  alone.arrivals = poisson(80, alone.duration);
  Workload other = alone;
  other.function_name = "second";
  const Outcome by_itself = run(alone);
  const Outcome together = run(two(alone, other));
  EXPECT_EQ(by_itself.calls.arrived, together.functions[0].calls.arrived);
  EXPECT_EQ(by_itself.latency.mean(), together.functions[0].latency.mean());
  // The same figures, other calls.
  EXPECT_NE(together.functions[0].latency.mean(), together.functions[1].latency.mean());
}

TEST(SeveralFunctions, AreOfDifferentSizesAndCpuIsCountedOfAllTheirVcpus) {
  Scenario scenario = fixed_fleet(1, 16);  // 1 vCPU
  scenario.service.cpu_ms = Distribution::constant(10);
  scenario.arrivals = poisson(30, scenario.duration);
  Workload large = scenario;
  large.function.memory_mb = 6144;  // 3 vCPUs
  const Outcome outcome = run(two(scenario, large));
  EXPECT_NEAR(outcome.vcpu_hours_ready * 60, 4, 1e-6);
  EXPECT_NEAR(outcome.vcpu_hours_used * 60, 0.6, 0.06);
}

TEST(SeveralFunctions, ShareWhatTheProviderMayLaunch) {
  // 8 vCPUs are two instances, six environments of 1 vCPU. Alone, the busy function gets four and more;
  // beside one that keeps four, two are left.
  Scenario busy = fixed_fleet(2, 4);
  busy.function_name = "busy";
  busy.function.scaling.max_environments.reset();
  busy.provider.max_vcpus = 8;
  busy.provider.allowed_types = {"m7i.xlarge"};
  busy.provider.zones = {"a", "b"};
  busy.parameters = fleet::Parameters{};
  busy.parameters.first_burst_overshoot_percent = 0;
  busy.parameters.signal_window = std::chrono::seconds{10};
  busy.parameters.growth_window = std::chrono::seconds{10};
  busy.service.wait_ms = Distribution::constant(100);
  busy.arrivals = poisson(100, busy.duration);
  const Outcome alone = run(busy);
  Scenario both = busy;
  both.others.push_back(waiting("steady", 4, 4, 100));
  const Outcome together = run(both);
  EXPECT_GE(alone.peaks.environments, 4U);
  EXPECT_EQ(together.functions[0].peak_environments, 2U);
  EXPECT_EQ(together.functions[1].peak_environments, 4U);
  EXPECT_GT(together.calls.refused, alone.calls.refused);
  EXPECT_LE(together.peaks.vcpus, 8U);
}

TEST(SeveralFunctions, EveryCallHasExactlyOneOutcomeAndBelongsToOneFunction) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    Scenario scenario = fixed_fleet(2, 4);
    scenario.seed = seed;
    scenario.parameters = fleet::Parameters{};
    scenario.parameters.environment_lifetime = std::chrono::seconds{20};
    scenario.parameters.queue_length = seed % 2 == 0 ? 10 : 0;
    scenario.service.cpu_ms = Distribution::exponential(30);
    scenario.arrivals = poisson(70, scenario.duration);
    scenario.retries.attempts = 2;
    scenario.faults = {.environment_crashes_per_hour = 60, .instance_losses_per_hour = 60};
    for (unsigned i = 1; i <= 3; ++i) {
      Workload other = scenario;
      other.function.concurrency = i;
      other.function.memory_mb = 2048 * i;
      scenario.others.push_back(other);
    }
    const Outcome outcome = run(scenario);
    Calls all;
    for (const auto& function : outcome.functions) {
      EXPECT_EQ(function.calls.answered(), function.calls.arrived) << "seed " << seed;
      all.arrived += function.calls.arrived;
      all.succeeded += function.calls.succeeded;
      all.lost += function.calls.lost;
    }
    EXPECT_EQ(all.arrived, outcome.calls.arrived) << "seed " << seed;
    EXPECT_EQ(all.succeeded, outcome.calls.succeeded) << "seed " << seed;
    EXPECT_EQ(all.lost, outcome.calls.lost) << "seed " << seed;
  }
}

TEST(SeveralFunctions, AreShownOneByOne) {
  Workload first = waiting("thumbs & more", 3, 2, 1000);
  first.arrivals = burst(7);
  const Scenario scenario = two(first, waiting("orders", 2, 4, 100));
  const FinishedRun finished{"both", scenario, run(scenario)};
  const auto json = nlohmann::json::parse(to_json({&finished, 1})).at("runs").at(0).at("functions");
  ASSERT_EQ(json.size(), 2U);
  EXPECT_EQ(json[0].at("name"), "thumbs & more");
  EXPECT_EQ(json[0].at("throttlesConcurrency"), 1);
  EXPECT_NE(to_text({&finished, 1}).find("thumbs & more  calls 7  succeeded 6"), std::string::npos);
  EXPECT_NE(to_html({&finished, 1}).find("<td>thumbs &amp; more</td>"), std::string::npos);
}

TEST(SeveralFunctions, FluidModeSaysThatItCannotFollowThem) {
  const Scenario scenario = two(waiting("a", 1, 1, 10), waiting("b", 1, 1, 10));
  const auto outcome = simulate(scenario, small_catalogue(), ModeChoice::fluid);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().what, "fluid mode cannot simulate this scenario: it follows one function only");
}

}  // namespace
}  // namespace lmi::sizing::simulate
