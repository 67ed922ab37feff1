#pragma once

#include <chrono>

namespace lmi::emulator::fleet {

/// Which environment with a free slot gets the next call.
enum class Routing {
  spread,  ///< The least loaded one, ties in turn.
  pack,    ///< The fullest one: finds what is not thread-safe sooner.
};

/// What decides how many environments a version should have.
enum class ScalingPolicy {
  cpu_and_concurrency,   ///< AWS's newer pages: utilisation and saturation.
  cpu,                   ///< AWS's pages of 2025-12: CPU alone.
  maximum_over_drivers,  ///< Ours: besides both, the last seconds' peak and the calls refused.
  panic_window,          ///< Ours, after Knative: as above, and unlimited steps while demand runs away.
};

/// Every constant of the fleet that AWS does not publish as a quota. parameter_table() says of each what it
/// does, its range, AWS's likely value, how good the evidence is and where it comes from; `lmi fleet
/// parameters` shows it. Durations are fleet time, which runs faster than the wall's under --time-scale.
struct Parameters {
  using Duration = std::chrono::microseconds;

  // Instances.
  Duration instance_launch_delay{std::chrono::milliseconds{50}};
  unsigned instance_launch_jitter_percent = 0;
  unsigned instance_launch_failure_permille = 0;
  Duration instance_launch_give_up{std::chrono::milliseconds{200}};
  Duration instance_launch_retry_delay{std::chrono::milliseconds{200}};
  unsigned reserved_vcpus = 1;
  unsigned reserved_memory_mb = 1024;
  unsigned zones_per_version = 3;
  unsigned smallest_usual_vcpus = 4;
  unsigned first_burst_overshoot_percent = 34;
  Duration idle_instance_grace{std::chrono::seconds{60}};
  Duration consolidation_interval{std::chrono::minutes{5}};

  // Rotation.
  Duration instance_lifetime{std::chrono::hours{12}};
  Duration environment_lifetime{std::chrono::hours{4}};
  unsigned lifetime_jitter_percent = 10;
  unsigned rotation_batch_percent = 10;
  Duration rotation_spacing{std::chrono::seconds{30}};
  Duration rotation_patience{std::chrono::minutes{5}};

  // Environments that fail.
  unsigned start_attempts = 3;
  Duration restart_delay{std::chrono::milliseconds{100}};
  Duration restart_delay_limit{std::chrono::seconds{30}};
  Duration proven_after{std::chrono::seconds{10}};

  // Router.
  Routing routing = Routing::spread;
  unsigned hot_cpu_percent = 95;
  unsigned hot_memory_percent = 95;
  unsigned hot_disk_percent = 95;
  unsigned queue_length = 0;
  Duration queue_timeout{std::chrono::seconds{10}};

  // Scaler.
  ScalingPolicy scaling_policy = ScalingPolicy::cpu_and_concurrency;
  Duration scaling_interval{std::chrono::seconds{5}};
  Duration signal_window{std::chrono::seconds{60}};
  unsigned auto_cpu_target_percent = 50;
  unsigned concurrency_target_percent = 50;
  unsigned growth_percent = 100;
  Duration growth_window{std::chrono::minutes{5}};
  Duration scale_in_window{std::chrono::minutes{10}};
  Duration scale_in_interval{std::chrono::minutes{10}};
  unsigned scale_in_step_percent = 25;
  Duration panic_window{std::chrono::seconds{6}};
  unsigned panic_threshold_percent = 200;

  /// What AWS is believed to use, where the defaults above are shortened for local work.
  static Parameters as_on_aws();
};

}  // namespace lmi::emulator::fleet
