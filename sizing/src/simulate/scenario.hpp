#pragma once

#include "fleet/fleet.hpp"
#include "simulate/arrival.hpp"
#include "simulate/distribution.hpp"
#include "simulate/time.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lmi::sizing::simulate {

namespace fleet = lmi::emulator::fleet;

/// What one call does. Its CPU time competes with that of the others on its environment's vCPUs; it waits
/// (for a database, another service) beside them without hindrance.
struct Service {
  Distribution cpu_ms;
  Distribution wait_ms;
  Distribution overhead_ms;      ///< The client sees it, the environment does not: network, API Gateway.
  double cpu_before_wait = 0.5;  ///< Share of the CPU time that comes before the wait.
  double memory_mb_base = 0;     ///< Of an environment without calls.
  double memory_mb_per_call = 0;
  double tmp_mb_per_call = 0;
};

struct Function {
  unsigned memory_mb = 2048;
  double gib_per_vcpu = 2.0;
  unsigned concurrency = 16;  ///< Slots of one environment.
  fleet::ScalingBounds scaling{};
  std::vector<fleet::ScheduledScaling> schedule;  ///< Times since the scenario's beginning.
  Distribution init_ms = Distribution::constant(1000);
  double timeout_seconds = 900;
  double tmp_mb = 512;

  double vcpus() const { return std::max(1.0, memory_mb / 1024.0 / gib_per_vcpu); }
};

/// What the client does when it is refused.
struct Retries {
  unsigned attempts = 1;  ///< All in all; 1: it gives up at once.
  /// The wait before attempt n + 1 is evenly from 0 to min(longest, base * 2^(n - 1)), as the AWS SDKs do
  /// ("full jitter").
  double base_ms = 100;
  double longest_ms = 20'000;
};

struct Prices {
  double usd_per_million_requests = 0.20;  ///< Lambda's price list, us-east-1 (2026-09-19).
  double management_fee_percent =
      15;  ///< Of the on-demand price: aws.amazon.com/lambda/pricing (2026-09-20).
  double instance_discount_percent = 0;  ///< Savings Plans and the like; the fee is not lowered by it.
};

/// A figure somebody published about this workload, to be put beside the predicted one.
struct Published {
  std::string metric;  ///< A name of metrics.hpp.
  double value = 0;
  std::string note;  ///< Why the two may differ; what was fitted.
};

/// A function, what it does and who calls it.
struct Workload {
  std::string function_name;  ///< For reports of several.
  Arrivals arrivals;
  Service service;
  Function function;
  Retries retries;
};

/// What breaks, at random but the same for the same seed. 0: never.
struct Faults {
  double environment_crashes_per_hour = 0;  ///< Of each environment, while it is ready or draining.
  double instance_losses_per_hour = 0;      ///< Of each instance, while it runs.

  bool any() const { return environment_crashes_per_hour > 0 || instance_losses_per_hour > 0; }
};

/// The workload it derives from is the first function; `others` share its capacity provider.
struct Scenario : Workload {
  std::string name;
  std::string description;
  std::string source;  ///< Of the published figures.
  std::vector<Workload> others;
  Faults faults;
  fleet::ProviderConfig provider;
  fleet::Parameters parameters = fleet::Parameters::as_on_aws();
  Prices prices;
  std::vector<Published> published;
  Time duration{};
  std::uint64_t seed = 1;

  std::size_t functions() const { return 1 + others.size(); }
  const Workload& workload(std::size_t index) const {
    return index == 0 ? static_cast<const Workload&>(*this) : others.at(index - 1);
  }
};

}  // namespace lmi::sizing::simulate
