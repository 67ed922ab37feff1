#pragma once

#include "fleet/decisions.hpp"
#include "fleet/ids.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace lmi::emulator::fleet {

// What the fleet shows of itself: for metrics, the API and tests. All of it is copied out.

enum class InstanceState {
  launching,
  running,
  draining,  ///< To be replaced, or its environments are moved away: nothing new is placed on it.
};
struct InstanceView {
  InstanceId id;
  std::string provider;
  std::string type;
  std::string zone;
  InstanceState state;
  unsigned environments;
  unsigned vcpus;                      ///< Of the type; the reserve included.
  std::uint64_t cpu_milli;             ///< Measured, sum over its environments, in thousandths of a vCPU.
  std::uint64_t memory_used_mb;        ///< Measured, likewise.
  std::uint64_t millivcpus_allocated;  ///< Given to its environments.
  std::uint64_t millivcpus_usable;     ///< Could be: without the reserve.
  std::uint64_t memory_mb;             ///< Of the type.
  std::uint64_t memory_mb_allocated;
  std::uint64_t memory_mb_usable;
};

enum class EnvironmentState { waiting_for_instance, starting, ready, draining };
struct EnvironmentView {
  EnvironmentId id;
  VersionId version;
  InstanceId instance;
  EnvironmentState state;
  bool leaving;  ///< Serves until its replacement is ready, then drains.
  unsigned slots_in_use;
  std::uint64_t millivcpus;  ///< What it was given, in thousandths of a vCPU.
  std::uint64_t memory_mb;
  std::uint64_t cpu_milli;  ///< What it was measured to use.
  std::uint64_t memory_used_mb;
};

/// Calls since the version was added. Every call of route() is counted once, when its outcome is known.
struct CallCounts {
  std::uint64_t routed = 0;
  std::array<std::uint64_t, 4> refused{};  ///< By ThrottleReason.

  std::uint64_t refused_for(ThrottleReason reason) const {
    return refused.at(static_cast<std::size_t>(reason));
  }
};

struct VersionView {
  VersionId id;
  std::string provider;
  bool active;           ///< Had its minimum once, and is wanted.
  unsigned desired;      ///< Environments there should be.
  unsigned live;         ///< There are, or on their way; without those leaving or draining.
  unsigned ready;        ///< Take calls; those leaving included.
  unsigned slots;        ///< Of one environment.
  std::uint64_t in_use;  ///< Slots taken, over all environments; those draining included.
  std::uint64_t queued;
  std::uint64_t cpu_milli;  ///< Mean over the signal window, sum over its environments.
  CallCounts calls;
};

struct ProviderView {
  std::string name;
  unsigned instances;
  std::uint64_t vcpus;                 ///< Of all its instances.
  std::uint64_t millivcpus_allocated;  ///< Given to environments.
  std::uint64_t millivcpus_usable;     ///< Could be: without the reserve.
  std::uint64_t memory_mb;
  std::uint64_t memory_mb_allocated;
  std::uint64_t memory_mb_usable;
  std::uint64_t cpu_milli;  ///< Measured use.
  std::uint64_t memory_used_mb;
};

}  // namespace lmi::emulator::fleet
