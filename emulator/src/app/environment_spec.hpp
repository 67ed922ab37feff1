#pragma once

#include "control_plane/version_host.hpp"
#include "environment/environment.hpp"
#include "observe/log_store.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace lmi::emulator::app {

/// What an environment is given beside what its version says.
struct EnvironmentPlace {
  std::string id;
  std::filesystem::path tmp_directory;
  std::filesystem::path opt_root;  ///< For versions without layers.
  std::chrono::system_clock::time_point day;
};

/// What environments of every kind have in common; max_concurrency and init_timeout are the caller's to set.
environment::EnvironmentSpec spec_of_version(const control_plane::VersionDeployment& version,
                                             const EnvironmentPlace& place);

/// A line of the log of environment `id`, for the LogStore.
observe::LogEvent log_event(const control_plane::VersionKey& key, const std::string& id,
                            std::chrono::system_clock::time_point time, environment::LogSource source,
                            std::string line);

}  // namespace lmi::emulator::app
