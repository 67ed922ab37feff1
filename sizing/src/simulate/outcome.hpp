#pragma once

#include "measure/histogram.hpp"
#include "simulate/time.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lmi::sizing::simulate {

enum class Mode { exact, fluid };

/// By fleet::ThrottleReason.
inline constexpr std::array<const char*, 4> reason_names{"Concurrency", "CPU", "Memory", "Disk"};
using ByReason = std::array<std::uint64_t, 4>;

inline std::uint64_t sum(const ByReason& counts) {
  return counts[0] + counts[1] + counts[2] + counts[3];
}

/// What became of the calls. Each call has exactly one outcome: arrived = succeeded + timed_out + refused +
/// lost.
struct Calls {
  std::uint64_t arrived = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t timed_out = 0;
  std::uint64_t refused = 0;  ///< After the last attempt.
  std::uint64_t lost = 0;     ///< With their environment or instance.
  std::uint64_t retries = 0;  ///< Attempts after the first.
  ByReason throttles{};       ///< Each refused attempt, by its reason: what AWS's metrics count.

  std::uint64_t answered() const { return succeeded + timed_out + refused + lost; }
};

/// One interval of the run.
struct Interval {
  Time begin{};
  std::uint64_t arrived = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t timed_out = 0;
  ByReason throttles{};
  double environments = 0;  ///< Ready, mean.
  double instances = 0;     ///< Running, mean.
  double in_flight = 0;     ///< Calls, mean.
  double cpu_percent = 0;   ///< Used of the ready environments' vCPUs.
  double p50_ms = 0;        ///< Latency of the calls that ended in it; 0: none did.
  double p99_ms = 0;
};

/// Time that instances of one type ran.
struct TypeUsage {
  std::uint64_t launched = 0;
  double hours = 0;
  double usd_per_hour = 0;  ///< On demand; 0 when not known.
  bool price_known = false;
};

struct Peaks {
  std::uint64_t environments = 0;
  std::uint64_t instances = 0;
  std::uint64_t vcpus = 0;
  std::uint64_t in_flight = 0;
};

inline constexpr measure::Histogram::Limits latency_limits{
    .lowest_discernible = 1, .highest_trackable = 86'400'000'000, .significant_digits = 3};  // µs, a day

/// One of several functions.
struct FunctionOutcome {
  std::string name;
  Calls calls;
  measure::Histogram latency{latency_limits};
  std::uint64_t peak_environments = 0;
};

/// What broke.
struct FaultCounts {
  std::uint64_t environments_crashed = 0;
  std::uint64_t instances_lost = 0;
};

/// What a run found.
struct Outcome {
  Mode mode = Mode::exact;
  std::string mode_reason;  ///< Why this mode, and what error is to be expected.
  Time duration{};
  Calls calls;
  std::vector<FunctionOutcome> functions;  ///< Of `calls`, when there are several functions.
  FaultCounts faults;
  measure::Histogram latency{latency_limits};  ///< Microseconds, as the client sees it; succeeded calls.
  std::vector<Interval> series;
  Time interval{};
  std::map<std::string, TypeUsage> instance_types;
  Peaks peaks;
  double environment_hours = 0;
  double vcpu_hours_used = 0;    ///< By calls, of the environments' vCPUs.
  double vcpu_hours_ready = 0;   ///< Of ready environments.
  double seconds_to_active = 0;  ///< From publishing the version until the scenario's beginning.
};

}  // namespace lmi::sizing::simulate
