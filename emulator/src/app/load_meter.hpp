#pragma once

#include "fleet/fleet.hpp"
#include "loop/loop.hpp"
#include "supervisor/usage.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace lmi::emulator::app {

/// Measures what real environments use: CPU and memory of the session their runtime leads. Extensions lead
/// sessions of their own and are not counted.
class LoadMeter {
 public:
  /// Like supervisor::usage_of_sessions().
  using Probe = std::function<std::map<int, supervisor::Usage>(std::span<const int>)>;

  /// `cpu_scale`: what a measured vCPU counts as.
  LoadMeter(Probe probe, double cpu_scale) : probe_{std::move(probe)}, cpu_scale_{cpu_scale} {}

  struct Subject {
    fleet::EnvironmentId environment{};
    int pid = 0;
    unsigned disk_percent = 0;  ///< Of its /tmp; passed on.
  };
  /// One report for each subject that was measured before too: CPU is a mean over the time between. What is
  /// no subject any more is forgotten.
  std::vector<fleet::LoadReport> measure(std::span<const Subject> subjects, Clock::time_point now);

 private:
  struct Reading {
    int pid = 0;
    std::chrono::microseconds cpu{0};
    Clock::time_point at;
  };

  Probe probe_;
  double cpu_scale_;
  std::map<fleet::EnvironmentId, Reading> readings_;
};

}  // namespace lmi::emulator::app
