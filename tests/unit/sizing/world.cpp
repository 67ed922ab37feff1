#include "unit/sizing/world.hpp"

#include <gtest/gtest.h>

namespace lmi::sizing::simulate {

fleet::Catalogue small_catalogue() {
  return {{"c7i.xlarge", "x86_64", 4, 8192, 0.1785},
          {"c7i.2xlarge", "x86_64", 8, 16384, 0.357},
          {"m7i.large", "x86_64", 2, 8192, 0.1008},
          {"m7i.xlarge", "x86_64", 4, 16384, 0.2016}};
}

Scenario fixed_fleet(unsigned environments, unsigned slots) {
  Scenario scenario;
  scenario.duration = std::chrono::minutes{1};
  scenario.function.concurrency = slots;
  scenario.function.scaling = {.min_environments = environments, .max_environments = environments};
  scenario.provider.name = "provider";
  scenario.provider.architecture = "x86_64";
  scenario.provider.zones = {"a", "b", "c"};
  scenario.provider.max_vcpus = 100'000;
  scenario.parameters.hot_cpu_percent = 1000;  // a busy vCPU turns nobody away
  scenario.parameters.environment_lifetime = fleet::Time{0};
  scenario.parameters.instance_lifetime = fleet::Time{0};
  return scenario;
}

Arrivals poisson(double per_second, Time duration) {
  Arrivals arrivals;
  RateSource source;
  source.curve.append({0, seconds(duration), per_second, per_second});
  arrivals.rates.push_back(std::move(source));
  return arrivals;
}

Arrivals burst(std::uint64_t calls) {
  Arrivals arrivals;
  arrivals.bursts.push_back({Time{0}, calls});
  return arrivals;
}

Outcome run(const Scenario& scenario, ModeChoice mode) {
  auto outcome = simulate(scenario, small_catalogue(), mode);
  EXPECT_TRUE(outcome) << outcome.error().what;
  return outcome ? std::move(*outcome) : Outcome{};
}

}  // namespace lmi::sizing::simulate
