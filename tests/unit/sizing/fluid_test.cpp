#include "simulate/closed_network.hpp"
#include "unit/sizing/world.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <ostream>

namespace lmi::sizing::simulate {
namespace {

double mean_ms(const Outcome& outcome) {
  return outcome.latency.mean() / 1000;
}
double refused_share(const Outcome& outcome) {
  return static_cast<double>(outcome.calls.refused) / static_cast<double>(outcome.calls.arrived);
}

TEST(ClosedNetwork, IsTheMachineRepairModel) {
  // Two calls, one vCPU, CPU and wait both 10 ms: states 2-0, 1-1, 0-2 weigh 1 : 2·½… the vCPU is busy 4/5 of
  // the time, so 80 calls end a second.
  const ClosedNetwork network{10, 10, 1, 2};
  EXPECT_NEAR(network.throughput(1), 50, 1e-9);
  EXPECT_NEAR(network.throughput(2), 80, 1e-9);
  EXPECT_NEAR(network.throughput(1.5), 65, 1e-9);
}

TEST(ClosedNetwork, SaturatesAtTheVcpus) {
  const ClosedNetwork network{10, 90, 2, 1600};
  EXPECT_NEAR(network.throughput(1600), 200, 1e-6);
  const ClosedNetwork waits{0, 100, 1, 64};
  EXPECT_NEAR(waits.throughput(64), 640, 1e-6);
}

TEST(ClosedNetwork, TheStretchOfACallHasLittlesMean) {
  // n = throughput × (wait + CPU × mean stretch).
  ClosedNetwork network{10, 30, 2, 16};
  Random random{1, Purpose::sampling};
  double sum = 0;
  constexpr int samples = 200'000;
  for (int i = 0; i < samples; ++i) sum += network.sample_stretch(12, random);
  EXPECT_NEAR(network.throughput(12) * (30 + 10 * sum / samples) / 1000, 12, 0.05);
}

/// A fleet of some size under a steady load, in both modes.
struct Case {
  const char* name;
  unsigned environments;
  double load;  ///< Of the vCPUs.
  double cpu_ms;
  double wait_ms;

  friend void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }
};

class FluidAgainstExact : public testing::TestWithParam<Case> {};

TEST_P(FluidAgainstExact, SteadyLoad) {
  const Case& given = GetParam();
  Scenario scenario = fixed_fleet(given.environments, 16);
  scenario.service.cpu_ms = Distribution::exponential(given.cpu_ms);
  scenario.service.wait_ms = given.wait_ms > 0 ? Distribution::exponential(given.wait_ms) : Distribution{};
  const double rate = given.load * given.environments / given.cpu_ms * 1000;
  scenario.arrivals = poisson(rate, scenario.duration);

  const Outcome exact = run(scenario, ModeChoice::exact);
  const Outcome fluid = run(scenario, ModeChoice::fluid);
  EXPECT_NEAR(mean_ms(fluid) / mean_ms(exact), 1, 0.1);
  EXPECT_NEAR(static_cast<double>(fluid.latency.value_at_percentile(99)) /
                  static_cast<double>(exact.latency.value_at_percentile(99)),
              1, 0.25);
  EXPECT_NEAR(refused_share(fluid), refused_share(exact), 0.015);
  EXPECT_NEAR(fluid.vcpu_hours_used / exact.vcpu_hours_used, 1, 0.02);
  EXPECT_NEAR(static_cast<double>(fluid.calls.arrived) / static_cast<double>(exact.calls.arrived), 1, 0.02);
  EXPECT_EQ(fluid.calls.answered(), fluid.calls.arrived);
}

INSTANTIATE_TEST_SUITE_P(Loads, FluidAgainstExact,
                         testing::Values(Case{"Light", 60, 0.3, 20, 60}, Case{"Half", 60, 0.5, 20, 60},
                                         Case{"Heavy", 60, 0.8, 20, 60}, Case{"CpuOnly", 60, 0.6, 20, 0},
                                         Case{"MostlyWaiting", 30, 0.1, 10, 400},
                                         Case{"Overload", 60, 1.2, 20, 60}),
                         [](const auto& parameter) { return parameter.param.name; });

TEST(FluidCore, LossNearTheLimitIsErlangs) {
  // 24 slots, 20 erlangs of waiting: Erlang B is 0.0661.
  Scenario scenario = fixed_fleet(3, 8);
  scenario.service.wait_ms = Distribution::exponential(100);
  scenario.arrivals = poisson(200, scenario.duration);
  EXPECT_NEAR(refused_share(run(scenario, ModeChoice::fluid)), 0.0661, 0.01);
}

TEST(FluidCore, ABurstFillsTheSlotsAtOnce) {
  Scenario scenario = fixed_fleet(3, 16);
  scenario.service.wait_ms = Distribution::constant(3000);
  scenario.arrivals = burst(60);
  const Outcome outcome = run(scenario, ModeChoice::fluid);
  EXPECT_EQ(outcome.calls.succeeded, 48U);
  EXPECT_EQ(outcome.calls.refused, 12U);
}

TEST(FluidCore, ScalesOutLikeTheExactCore) {
  Scenario scenario = fixed_fleet(3, 16);
  scenario.duration = std::chrono::minutes{15};
  scenario.function.scaling.max_environments.reset();
  scenario.service.cpu_ms = Distribution::exponential(10);
  scenario.service.wait_ms = Distribution::exponential(90);
  scenario.arrivals.rates.resize(1);
  scenario.arrivals.rates[0].curve.append({0, 600, 20, 400});
  scenario.arrivals.rates[0].curve.append({600, 900, 400, 400});
  const Outcome exact = run(scenario, ModeChoice::exact);
  const Outcome fluid = run(scenario, ModeChoice::fluid);
  EXPECT_NEAR(fluid.environment_hours / exact.environment_hours, 1, 0.1);
  EXPECT_NEAR(static_cast<double>(fluid.peaks.environments), static_cast<double>(exact.peaks.environments),
              2);
  EXPECT_NEAR(refused_share(fluid), refused_share(exact), 0.01);
}

TEST(FluidCore, RefusesWhatItCannotFollow) {
  Scenario scenario = fixed_fleet(3, 16);
  scenario.service.wait_ms = Distribution::constant(10);
  scenario.retries.attempts = 3;
  const auto outcome = simulate(scenario, small_catalogue(), ModeChoice::fluid);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().what, "fluid mode cannot simulate this scenario: it does not follow retries");
}

TEST(Mode, IsChosenByTheNumberOfCalls) {
  Scenario scenario = fixed_fleet(3, 16);
  scenario.duration = std::chrono::seconds{1};
  scenario.service.wait_ms = Distribution::constant(10);
  scenario.arrivals = poisson(100, scenario.duration);
  EXPECT_EQ(run(scenario, ModeChoice::automatic).mode, Mode::exact);
  scenario.arrivals = poisson(2e7, scenario.duration);
  EXPECT_EQ(run(scenario, ModeChoice::automatic).mode, Mode::fluid);
}

}  // namespace
}  // namespace lmi::sizing::simulate
