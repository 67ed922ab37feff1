#include "app/fleet_metrics.hpp"

#include <algorithm>

namespace lmi::emulator::app {
namespace {

/// `part` of `whole` in percent; 0 of nothing.
double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) * 100 / static_cast<double>(whole);
}

double vcpus(std::uint64_t millivcpus) {
  return static_cast<double>(millivcpus) / 1000;
}

double bytes(std::uint64_t megabytes) {
  return static_cast<double>(megabytes << 20U);
}

}  // namespace

void FleetMetrics::look(FleetClock::Date when, std::span<const fleet::InstanceView> instances,
                        std::span<const EnvironmentUse> environments) {
  const FleetClock::Date period{when.time_since_epoch() - when.time_since_epoch() % period_};
  if (period != began_) record();
  began_ = period;
  for (const fleet::InstanceView& instance : instances) {
    if (instance.state != fleet::InstanceState::launching) see(instance);
  }
  for (const EnvironmentUse& environment : environments) see(environment);
}

void FleetMetrics::see(const fleet::InstanceView& instance) {
  SeenInstance& seen = instances_[instance.id];
  seen.dimensions = {{"CapacityProviderName", instance.provider}, {"InstanceType", instance.type}};
  seen.cpu_percent.add(percent(instance.cpu_milli, std::uint64_t{instance.vcpus} * 1000));
  seen.memory_percent.add(percent(instance.memory_used_mb, instance.memory_mb));
  seen.vcpus_available.add(vcpus(instance.millivcpus_usable - instance.millivcpus_allocated));
  seen.vcpus_allocated.add(vcpus(instance.millivcpus_allocated));
  seen.memory_available.add(bytes(instance.memory_mb_usable - instance.memory_mb_allocated));
  seen.memory_allocated.add(bytes(instance.memory_mb_allocated));
}

void FleetMetrics::see(const EnvironmentUse& environment) {
  SeenEnvironment& seen = environments_[environment.id];
  seen.dimensions = {{"CapacityProviderName", environment.provider},
                     {"FunctionName", environment.function},
                     {"Resource", environment.function + ":" + environment.version}};
  seen.peak_concurrency = std::max(seen.peak_concurrency, environment.peak_concurrency);
  seen.concurrency_limit = environment.concurrency_limit;
  seen.cpu_percent.add(environment.cpu_percent);
  seen.memory_percent.add(environment.memory_percent);
}

// Names, units and dimensions: lmi-behaviour.md §3.1 (AWS documentation).
void FleetMetrics::record() {
  for (const auto& [id, seen] : instances_) {
    const auto put = [&, &dimensions = seen.dimensions](const char* name, const char* unit, double value) {
      store_.record({name, dimensions}, unit, value, began_);
    };
    put("CPUUtilization", "Percent", seen.cpu_percent.value());
    put("MemoryUtilization", "Percent", seen.memory_percent.value());
    put("vCPUAvailable", "Count", seen.vcpus_available.value());
    put("vCPUAllocated", "Count", seen.vcpus_allocated.value());
    put("MemoryAvailable", "Bytes", seen.memory_available.value());
    put("MemoryAllocated", "Bytes", seen.memory_allocated.value());
  }
  for (const auto& [id, seen] : environments_) {
    const auto put = [&, &dimensions = seen.dimensions](const char* name, const char* unit, double value) {
      store_.record({name, dimensions}, unit, value, began_);
    };
    put("ExecutionEnvironmentConcurrency", "Count", seen.peak_concurrency);
    put("ExecutionEnvironmentConcurrencyLimit", "Count", seen.concurrency_limit);
    put("ExecutionEnvironmentCPUUtilization", "Percent", seen.cpu_percent.value());
    put("ExecutionEnvironmentMemoryUtilization", "Percent", seen.memory_percent.value());
  }
  instances_.clear();
  environments_.clear();
}

}  // namespace lmi::emulator::app
