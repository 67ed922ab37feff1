#include "unit/sizing/world.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace lmi::sizing::simulate {
namespace {

double mean_ms(const Outcome& outcome) {
  return outcome.latency.mean() / 1000;
}

TEST(ExactCore, OneVcpuIsMG1ProcessorSharing) {
  // Mean sojourn of M/G/1-PS: s / (1 - load), whatever the distribution.
  for (const auto& cpu :
       {Distribution::exponential(10), Distribution::constant(10), Distribution::gamma(10, 2)}) {
    Scenario scenario = fixed_fleet(1, 1600);
    scenario.duration = std::chrono::minutes{20};
    scenario.service.cpu_ms = cpu;
    scenario.arrivals = poisson(60, scenario.duration);
    EXPECT_NEAR(mean_ms(run(scenario)), 10 / (1 - 0.6), 1.5);
  }
}

TEST(ExactCore, SeveralVcpusAreMMcForExponentialTimes) {
  // 4 vCPUs, load 0.8. M/M/4 (processor sharing has the same mean): Erlang C is 0.596, so the mean is
  // s + C s / (c (1 - load)) = 10 + 0.596 * 10 / (4 * 0.2) = 17.45 ms.
  Scenario scenario = fixed_fleet(1, 1600);
  scenario.function.memory_mb = 8192;
  scenario.duration = std::chrono::minutes{5};
  scenario.service.cpu_ms = Distribution::exponential(10);
  scenario.arrivals = poisson(320, scenario.duration);
  EXPECT_NEAR(mean_ms(run(scenario)), 17.45, 0.9);
}

TEST(ExactCore, RefusalsOfWaitingCallsAreErlangsLossFormula) {
  // 3 environments of 8 slots behind one router are 24 servers; 20 erlangs: Erlang B is 0.0661, whatever the
  // distribution of the waits.
  for (const auto& wait : {Distribution::exponential(100), Distribution::constant(100)}) {
    Scenario scenario = fixed_fleet(3, 8);
    scenario.duration = std::chrono::minutes{10};
    scenario.service.wait_ms = wait;
    scenario.arrivals = poisson(200, scenario.duration);
    const Calls calls = run(scenario).calls;
    EXPECT_NEAR(static_cast<double>(calls.refused) / static_cast<double>(calls.arrived), 0.0661, 0.006);
    EXPECT_EQ(calls.throttles, (ByReason{calls.refused, 0, 0, 0}));
  }
}

TEST(ExactCore, ABurstTakesEverySlotAndTheRestIsRefused) {
  Scenario scenario = fixed_fleet(3, 16);
  scenario.service.wait_ms = Distribution::constant(3000);
  scenario.arrivals = burst(60);
  const Outcome outcome = run(scenario);
  EXPECT_EQ(outcome.calls.succeeded, 48U);
  EXPECT_EQ(outcome.calls.throttles, (ByReason{12, 0, 0, 0}));
  EXPECT_EQ(outcome.peaks.in_flight, 48U);
}

TEST(ExactCore, ARefusedCallThatIsTriedAgainIsOneCall) {
  Scenario scenario = fixed_fleet(1, 10);
  scenario.service.wait_ms = Distribution::constant(1000);
  scenario.arrivals = burst(20);
  scenario.retries = {.attempts = 50, .base_ms = 500, .longest_ms = 500};
  const Outcome outcome = run(scenario);
  EXPECT_EQ(outcome.calls.arrived, 20U);
  EXPECT_EQ(outcome.calls.succeeded, 20U);
  EXPECT_EQ(outcome.calls.refused, 0U);
  EXPECT_EQ(outcome.calls.retries, sum(outcome.calls.throttles));
  EXPECT_GE(outcome.latency.max(), 2'000'000);  // the second ten had to wait for the first
}

TEST(ExactCore, CodePastTheTimeoutKeepsItsSlot) {
  // One slot, calls of 4 s with a timeout of 1 s: the second, at 2 s, is refused although the first was given
  // up.
  Scenario scenario = fixed_fleet(1, 1);
  scenario.service.wait_ms = Distribution::constant(4000);
  scenario.function.timeout_seconds = 1;
  scenario.arrivals.bursts = {{Time{0}, 1}, {std::chrono::seconds{2}, 1}};
  const Calls calls = run(scenario).calls;
  EXPECT_EQ(calls.timed_out, 1U);
  EXPECT_EQ(calls.refused, 1U);
}

TEST(ExactCore, ABusyHostTurnsCallsAwayForItsCpu) {
  Scenario scenario = fixed_fleet(3, 64);
  scenario.parameters.hot_cpu_percent = 30;  // an environment alone can use a third of its instance
  scenario.service.cpu_ms = Distribution::constant(500);
  scenario.arrivals = poisson(20, scenario.duration);
  const Outcome outcome = run(scenario);
  EXPECT_GT(outcome.calls.throttles[1], 0U);
}

TEST(ExactCore, CallsThatHoldTooMuchMemoryAreRefusedForIt) {
  Scenario scenario = fixed_fleet(1, 64);
  scenario.service.wait_ms = Distribution::constant(20'000);
  scenario.service.memory_mb_per_call = 200;
  scenario.arrivals.bursts = {{Time{0}, 10}, {std::chrono::seconds{10}, 5}};
  EXPECT_EQ(run(scenario).calls.throttles, (ByReason{0, 0, 5, 0}));
}

TEST(ExactCore, ACallWaitsInTheQueueWhenThereIsOne) {
  Scenario scenario = fixed_fleet(1, 1);
  scenario.parameters.queue_length = 1;
  scenario.service.wait_ms = Distribution::constant(1000);
  scenario.arrivals = burst(3);
  const Outcome outcome = run(scenario);
  EXPECT_EQ(outcome.calls.succeeded, 2U);
  EXPECT_EQ(outcome.calls.refused, 1U);
  EXPECT_NEAR(static_cast<double>(outcome.latency.max()), 2e6, 2e4);
}

TEST(ExactCore, EveryCallHasExactlyOneOutcome) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Scenario scenario = fixed_fleet(3, 4);
    scenario.seed = seed;
    scenario.function.scaling.max_environments.reset();
    scenario.parameters = fleet::Parameters{};  // quick, with rotation of what is old
    scenario.parameters.environment_lifetime = std::chrono::seconds{20};
    scenario.parameters.instance_lifetime = std::chrono::seconds{30};
    scenario.parameters.instance_launch_failure_permille = 200;
    scenario.parameters.queue_length = seed % 2 == 0 ? 20 : 0;
    scenario.service.cpu_ms = Distribution::lognormal(20, 2);
    scenario.service.wait_ms = Distribution::exponential(60);
    scenario.function.timeout_seconds = 0.3;
    scenario.retries.attempts = static_cast<unsigned>(1 + seed % 3);
    scenario.arrivals = poisson(20 * static_cast<double>(seed), scenario.duration);
    const Calls calls = run(scenario).calls;
    EXPECT_EQ(calls.answered(), calls.arrived) << "seed " << seed;
    EXPECT_EQ(sum(calls.throttles), calls.refused + calls.retries) << "seed " << seed;
  }
}

}  // namespace
}  // namespace lmi::sizing::simulate
