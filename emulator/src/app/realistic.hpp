#pragma once

#include "fleet/parameters.hpp"

namespace lmi::emulator::app {

/// The fleet's times of `lmi up --realistic`: as on AWS where that was observed. The control plane's are
/// control_plane::realistic_delays(). What an environment takes to start is the function's own time in either
/// mode; on AWS a publish that needed no new instance took 48 s (a public report), which nothing
/// here stands for.
inline fleet::Parameters realistic_parameters() {
  using std::chrono::seconds;
  fleet::Parameters parameters;
  parameters.instance_launch_delay = seconds{67};  // measured: publish to Active, reported 2026-04-06
  parameters.idle_instance_grace = seconds{300};   // measured: surplus ones gone after 5 min (public report)
  return parameters;
}

}  // namespace lmi::emulator::app
