#include "unit/sizing/world.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace lmi::sizing::simulate {
namespace {

double mean_ms(const Outcome& outcome) { return outcome.latency.mean() / 1000; }

TEST(ExactCore, OneVcpuIsMG1ProcessorSharing) {
  // Mean sojourn of M/G/1-PS: s / (1 - load), whatever the distribution.
  for (const auto& cpu : {Distribution::exponential(10), Distribution::constant(10), Distribution::lognormal(10, 2)}) {
    Scenario scenario = fixed_fleet(1, 1600);
    scenario.duration = std::chrono::hours{2};
    scenario.service.cpu_ms = cpu;
    scenario.arrivals = poisson(70, scenario.duration);
    EXPECT_NEAR(mean_ms(run(scenario)), 10 / (1 - 0.7), 1.3);
  }
}

TEST(ExactCore, SeveralVcpusAreMMcForExponentialTimes) {
  // 4 vCPUs, load 0.8. M/M/4 (processor sharing has the same mean): Erlang C is 0.596, so the mean is
  // s + C s / (c (1 - load)) = 10 + 0.596 * 10 / (4 * 0.2) = 17.45 ms.
  Scenario scenario = fixed_fleet(1, 1600);
  scenario.function.memory_mb = 8192;
  scenario.duration = std::chrono::hours{1};
  scenario.service.cpu_ms = Distribution::exponential(10);
  scenario.arrivals = poisson(320, scenario.duration);
  EXPECT_NEAR(mean_ms(run(scenario)), 17.45, 0.35);
}

TEST(ExactCore, RefusalsOfWaitingCallsAreErlangsLossFormula) {
  // 3 environments of 8 slots behind one router are 24 servers; 20 erlangs: Erlang B is 0.0661, whatever the
  // distribution of the waits.
  for (const auto& wait : {Distribution::exponential(100), Distribution::constant(100)}) {
    Scenario scenario = fixed_fleet(3, 8);
    scenario.duration = std::chrono::hours{1};
    scenario.service.wait_ms = wait;
    scenario.arrivals = poisson(200, scenario.duration);
    const Calls calls = run(scenario).calls;
    EXPECT_NEAR(static_cast<double>(calls.refused) / static_cast<double>(calls.arrived), 0.0661, 0.003);
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

}  // namespace
}  // namespace lmi::sizing::simulate
