#pragma once

#include "control_plane/version_host.hpp"
#include "observe/log_store.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <string>

namespace lmi::emulator::app {

/// The system log of capacity providers (lmi-behaviour.md §3.2): a JSON line for what becomes of each
/// instance, in the provider's log group.
///
/// Threads:  loop thread only.
/// Lifetime: the log store must outlive it. What it knows of a provider stays: instances may outlive that.
class ProviderLog {
 public:
  /// TerminateFailed is AWS's as well; here no termination fails.
  enum class Event { launching, launched, launch_failed, terminating, terminated, health_check_failed };
  struct Instance {
    const std::string& provider;
    const std::string& name;
    const std::string& type;
    const std::string& zone;
  };

  using WallClock = std::function<std::chrono::system_clock::time_point()>;
  ProviderLog(observe::LogStore& logs, WallClock wall_clock)
      : logs_{logs}, wall_clock_{std::move(wall_clock)} {}

  /// From now on its lines go where it says, from the level on that it says.
  void put(const control_plane::ProviderDeployment& provider);
  void write(Event event, const Instance& instance);

 private:
  struct Target {
    std::string arn;
    std::string group;
    int level = 0;
  };

  observe::LogStore& logs_;
  WallClock wall_clock_;
  std::map<std::string, Target> targets_;  // by provider
};

}  // namespace lmi::emulator::app
