#pragma once

#include <chrono>

namespace lmi::emulator::fleet {

/// Every constant of the fleet that AWS does not publish as a quota. Each one says what it does, its range,
/// how good the evidence for its default is, and where that comes from.
///
/// Grades: documented (AWS says so), measured (somebody observed it on AWS), inferred (follows from other
///         facts), ours (AWS is silent; chosen for local work).
struct Parameters {
  /// How long a launched instance takes until environments can start on it. The driver waits this long
  /// before instance_running().
  /// Range: ≥ 0. Grade: ours; a real one takes 60–120 s (measured: publish to Active 67 s, reported
  /// 2026-04-06), which nobody wants to wait for on a laptop.
  std::chrono::microseconds instance_launch_delay{std::chrono::milliseconds{50}};

  /// vCPUs of an instance no environment may use: they run the agent and the router's end.
  /// Range: 0–4. Grade: documented in AWS's pricing calculator for managed instances (2026-03).
  unsigned reserved_vcpus = 1;

  /// Memory of an instance no environment may use, in MiB.
  /// Range: 0–4096. Grade: documented, same source.
  unsigned reserved_memory_mb = 1024;

  /// Distinct zones a version spreads over at first; further zones are used only when these have no room.
  /// Range: ≥ 1. Grade: measured (2025-12: as many instances at start as zones, three at the most).
  unsigned zones_per_version = 3;

  /// Instance types with fewer vCPUs are launched only when nothing larger is allowed or fits under the cap.
  /// Range: ≥ 1. Grade: measured (three 1-vCPU environments got *.xlarge, never *.large).
  unsigned smallest_usual_vcpus = 4;

  /// An instance without environments is terminated after this long.
  /// Range: ≥ 0. Grade: inferred from "typically within a few minutes" (AWS scaling page), shortened.
  std::chrono::microseconds idle_instance_grace{std::chrono::seconds{60}};

  /// Starts of one environment, the first included, that may fail before a version that was never active
  /// is given up.
  /// Range: ≥ 1. Grade: ours.
  unsigned start_attempts = 3;

  /// Wait before the second start after a failure; doubles with each further one, ±20 %.
  /// Range: > 0. Grade: ours. Keeps a crash loop from spinning.
  std::chrono::microseconds restart_delay{std::chrono::milliseconds{100}};

  /// The longest such wait.
  /// Range: ≥ restart_delay. Grade: ours.
  std::chrono::microseconds restart_delay_limit{std::chrono::seconds{30}};

  /// An environment that was ready for this long has proven itself: when it dies it is replaced at once.
  /// Range: ≥ 0. Grade: ours.
  std::chrono::microseconds proven_after{std::chrono::seconds{10}};
};

}  // namespace lmi::emulator::fleet
