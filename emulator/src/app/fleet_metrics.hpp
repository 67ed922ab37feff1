#pragma once

#include "app/fleet_clock.hpp"
#include "fleet/views.hpp"
#include "observe/metric_store.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace lmi::emulator::app {

/// One look at an environment that takes, or finishes, calls.
struct EnvironmentUse {
  fleet::EnvironmentId id{};
  std::string provider;
  std::string function;
  std::string version;
  unsigned peak_concurrency = 0;  ///< Since the look before.
  unsigned concurrency_limit = 0;
  double cpu_percent = 0;     ///< Of the vCPUs it was given.
  double memory_percent = 0;  ///< Of the memory it was given.
};

/// Makes the metrics of capacity providers and of execution environments (lmi-behaviour.md §3.1) out of looks
/// at the fleet: for every period one sample of each instance and of each environment that was seen in it,
/// so that SampleCount is their number. Utilisation is the mean of the looks, concurrency the peak.
///
/// Threads:  one at a time.
/// Lifetime: the store must outlive it.
class FleetMetrics {
 public:
  /// `period`: how often there is a sample; a whole number of minutes.
  FleetMetrics(observe::MetricStore& store, std::chrono::seconds period) : store_{store}, period_{period} {}

  /// Takes a look into account; first records the samples of the period before, if that is over.
  void look(FleetClock::Date when, std::span<const fleet::InstanceView> instances,
            std::span<const EnvironmentUse> environments);

  /// Whether something was seen that is not recorded yet.
  bool has_unrecorded() const noexcept { return !instances_.empty() || !environments_.empty(); }

 private:
  struct Mean {
    double sum = 0;
    unsigned count = 0;
    void add(double value) {
      sum += value;
      ++count;
    }
    double value() const { return count == 0 ? 0 : sum / count; }
  };
  struct SeenInstance {
    std::map<std::string, std::string> dimensions;
    Mean cpu_percent;
    Mean memory_percent;
    Mean vcpus_available;
    Mean vcpus_allocated;
    Mean memory_available;  ///< Bytes.
    Mean memory_allocated;  ///< Bytes.
  };
  struct SeenEnvironment {
    std::map<std::string, std::string> dimensions;
    unsigned peak_concurrency = 0;
    unsigned concurrency_limit = 0;
    Mean cpu_percent;
    Mean memory_percent;
  };

  void see(const fleet::InstanceView& instance);
  void see(const EnvironmentUse& environment);
  void record();

  observe::MetricStore& store_;
  std::chrono::seconds period_;
  FleetClock::Date began_{};  // of the present period
  std::map<fleet::InstanceId, SeenInstance> instances_;
  std::map<fleet::EnvironmentId, SeenEnvironment> environments_;
};

}  // namespace lmi::emulator::app
