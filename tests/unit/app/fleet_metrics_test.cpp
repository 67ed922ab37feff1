#include "app/fleet_metrics.hpp"

#include <gtest/gtest.h>

#include <array>
#include <ostream>
#include <set>

namespace lmi::emulator::app {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const FleetClock::Date noon{hours{24 * 20'000 + 12}};

const std::map<std::string, std::string> instance_dimensions{{"CapacityProviderName", "cp"},
                                                             {"InstanceType", "m7i.xlarge"}};
const std::map<std::string, std::string> environment_dimensions{
    {"CapacityProviderName", "cp"}, {"FunctionName", "f"}, {"Resource", "f:7"}};

fleet::InstanceView instance(unsigned id, std::uint64_t cpu_milli = 1000) {
  fleet::InstanceView view{};
  view.id = fleet::InstanceId{id};
  view.provider = "cp";
  view.type = "m7i.xlarge";
  view.state = fleet::InstanceState::running;
  view.vcpus = 4;
  view.cpu_milli = cpu_milli;
  view.memory_mb = 16'384;
  view.memory_used_mb = 4096;
  view.millivcpus_usable = 3000;
  view.millivcpus_allocated = 2000;
  view.memory_mb_usable = 15'360;
  view.memory_mb_allocated = 4096;
  return view;
}

EnvironmentUse environment(unsigned id, unsigned peak, double cpu_percent = 40) {
  return {.id = fleet::EnvironmentId{id},
          .provider = "cp",
          .function = "f",
          .version = "7",
          .peak_concurrency = peak,
          .concurrency_limit = 16,
          .cpu_percent = cpu_percent,
          .memory_percent = 25};
}

class FleetMetricsTest : public testing::Test {
 protected:
  observe::MetricSummary of(const char* name, const std::map<std::string, std::string>& dimensions,
                            FleetClock::Date from = noon) const {
    const auto points = store_.read({name, dimensions}, from, from + minutes{1}, minutes{1});
    return points.empty() ? observe::MetricSummary{} : points[0].summary;
  }
  void look(FleetClock::Date when, std::vector<fleet::InstanceView> instances,
            std::vector<EnvironmentUse> environments) {
    metrics_.look(when, instances, environments);
  }

  observe::MetricStore store_;
  FleetMetrics metrics_{store_, seconds{60}};
};

struct Expected {
  const char* name;
  const char* unit;
  const std::map<std::string, std::string>& dimensions;
  double value;

  friend void PrintTo(const Expected& expected, std::ostream* out) { *out << expected.name; }
};

// Names, units and dimensions of lmi-behaviour.md §3.1.
class EveryFleetMetric : public FleetMetricsTest, public testing::WithParamInterface<Expected> {};

TEST_P(EveryFleetMetric, HasItsUnitItsDimensionsAndOneSampleAPeriod) {
  look(noon, {instance(1)}, {environment(1, 5)});
  EXPECT_TRUE(store_.list().empty()) << "the period is not over";
  look(noon + minutes{1}, {}, {});

  const auto& [name, unit, dimensions, value] = GetParam();
  ASSERT_TRUE(store_.unit_of({name, dimensions}));
  EXPECT_STREQ(store_.unit_of({name, dimensions}), unit);
  EXPECT_EQ(of(name, dimensions).count(), 1U);
  EXPECT_DOUBLE_EQ(of(name, dimensions).sum(), value);
}

INSTANTIATE_TEST_SUITE_P(
    Section31, EveryFleetMetric,
    testing::Values(Expected{"CPUUtilization", "Percent", instance_dimensions, 25},
                    Expected{"MemoryUtilization", "Percent", instance_dimensions, 25},
                    Expected{"vCPUAvailable", "Count", instance_dimensions, 1},
                    Expected{"vCPUAllocated", "Count", instance_dimensions, 2},
                    Expected{"MemoryAvailable", "Bytes", instance_dimensions, 11.0 * 1024 * 1024 * 1024},
                    Expected{"MemoryAllocated", "Bytes", instance_dimensions, 4.0 * 1024 * 1024 * 1024},
                    Expected{"ExecutionEnvironmentConcurrency", "Count", environment_dimensions, 5},
                    Expected{"ExecutionEnvironmentConcurrencyLimit", "Count", environment_dimensions, 16},
                    Expected{"ExecutionEnvironmentCPUUtilization", "Percent", environment_dimensions, 40},
                    Expected{"ExecutionEnvironmentMemoryUtilization", "Percent", environment_dimensions, 25}),
    [](const auto& expected) { return std::string{expected.param.name}; });

TEST_F(FleetMetricsTest, ThereAreNoOtherMetrics) {
  look(noon, {instance(1)}, {environment(1, 5)});
  look(noon + minutes{1}, {}, {});
  EXPECT_EQ(store_.list().size(), 10U);
}

TEST_F(FleetMetricsTest, SampleCountIsTheNumberOfEnvironmentsAndOfInstances) {
  for (int second = 0; second < 60; second += 5) {
    look(noon + seconds{second}, {instance(1), instance(2)},
         {environment(1, 1), environment(2, 2), environment(3, 3)});
  }
  look(noon + minutes{1}, {}, {});
  EXPECT_EQ(of("ExecutionEnvironmentConcurrency", environment_dimensions).count(), 3U);
  EXPECT_EQ(of("vCPUAllocated", instance_dimensions).count(), 2U);
  EXPECT_EQ(of("vCPUAllocated", instance_dimensions).sum(), 4);
}

TEST_F(FleetMetricsTest, ConcurrencyIsThePeakAndUtilisationTheMeanOfThePeriod) {
  look(noon, {}, {environment(1, 2, 10)});
  look(noon + seconds{20}, {}, {environment(1, 9, 20)});
  look(noon + seconds{40}, {}, {environment(1, 1, 60)});
  look(noon + minutes{1}, {}, {environment(1, 4, 50)});
  EXPECT_EQ(of("ExecutionEnvironmentConcurrency", environment_dimensions).sum(), 9);
  EXPECT_EQ(of("ExecutionEnvironmentCPUUtilization", environment_dimensions).sum(), 30);
  look(noon + minutes{2}, {}, {});
  EXPECT_EQ(of("ExecutionEnvironmentConcurrency", environment_dimensions, noon + minutes{1}).sum(), 4);
}

TEST_F(FleetMetricsTest, AnInstanceThatIsBeingLaunchedIsNotThereYet) {
  fleet::InstanceView launching = instance(1);
  launching.state = fleet::InstanceState::launching;
  look(noon, {launching}, {});
  EXPECT_FALSE(metrics_.has_unrecorded());
}

TEST_F(FleetMetricsTest, WhatIsGoneBeforeThePeriodEndsCountsInIt) {
  look(noon, {}, {environment(1, 2)});
  look(noon + seconds{30}, {}, {});
  EXPECT_TRUE(metrics_.has_unrecorded());
  look(noon + minutes{1}, {}, {});
  EXPECT_FALSE(metrics_.has_unrecorded());
  EXPECT_EQ(of("ExecutionEnvironmentConcurrency", environment_dimensions).count(), 1U);
}

TEST_F(FleetMetricsTest, ThePeriodIsAParameter) {
  FleetMetrics slow{store_, minutes{5}};
  const std::array use{environment(1, 1)};
  for (int minute = 0; minute <= 5; ++minute) slow.look(noon + minutes{minute}, {}, use);
  const observe::MetricId id{"ExecutionEnvironmentConcurrency", environment_dimensions};
  EXPECT_EQ(store_.read(id, noon, noon + hours{1}, minutes{1}).size(), 1U);
}

}  // namespace
}  // namespace lmi::emulator::app
