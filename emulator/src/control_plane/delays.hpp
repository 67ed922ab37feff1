#pragma once

#include <chrono>

namespace lmi::emulator::control_plane {

/// How long resources stay in the states AWS passes through: long enough to be seen, short enough not to wait
/// for. `lmi up --realistic` takes realistic_delays() instead.
///
/// Launching instances and starting environments is not among them: that time belongs to the fleet
/// (fleet::Parameters::instance_launch_delay) and to the functions' own start.
struct Delays {
  using Duration = std::chrono::milliseconds;

  /// Capacity provider, Pending to Active.
  Duration provider_creation{200};
  /// Capacity provider, Deleting to gone.
  Duration provider_deletion{500};
  /// $LATEST of a new function, Pending to Active or ActiveNonInvocable.
  Duration function_creation{200};
  /// $LATEST, LastUpdateStatus InProgress to Successful.
  Duration function_update{200};
  /// A function with a capacity provider, Deleting to gone; longer when its environments take longer to end.
  Duration function_deletion{500};
  /// A scaling configuration, Requested to Applied.
  Duration scaling{200};
  /// An event source mapping, from a state that passes to the one it leads to; and Deleting to gone.
  Duration mapping_change{200};
  Duration mapping_deletion{500};
};

/// As on AWS, where that was observed.
inline Delays realistic_delays() {
  using std::chrono::seconds;
  Delays delays;
  delays.provider_creation = Delays::Duration{1800};  // measured, in a public report
  delays.provider_deletion = seconds{20};             // ours: Terraform waits up to 30 min
  delays.function_creation = seconds{3};              // ours: "a few seconds" for a function without a VPC
  delays.function_update = seconds{2};                // ours, likewise
  delays.function_deletion = seconds{30};             // ours: instances go "within a few minutes"
  delays.scaling = seconds{33};                       // measured, same report: 3 to 1 applied
  delays.mapping_change = seconds{15};                // ours: "up to several minutes" for a poller to settle
  delays.mapping_deletion = seconds{15};              // ours, likewise
  return delays;
}

}  // namespace lmi::emulator::control_plane
