#include "app/live_fleet.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace lmi::emulator::app {
namespace {

/// The runtime library keeps the scratch directories of running calls in one such directory a process.
constexpr std::string_view scratch_root_prefix = "lmi-scratch-";

/// What is in a function's /tmp. The runtime's own directory is not the function's doing, what is in it is.
std::size_t entries_of(const std::filesystem::path& directory, bool look_into_scratch = true) {
  std::size_t count = 0;
  std::error_code error;
  // Files come and go while this looks; what cannot be read any more is not there any more.
  std::filesystem::directory_iterator next{directory, error};
  while (!error && next != std::filesystem::directory_iterator{}) {
    const bool is_scratch_root = next->path().filename().string().starts_with(scratch_root_prefix);
    count += look_into_scratch && is_scratch_root ? entries_of(next->path(), false) : 1;
    next.increment(error);
  }
  return count;
}

const char* name_of(fleet::EnvironmentState state) {
  switch (state) {
    case fleet::EnvironmentState::waiting_for_instance: return "waitingForInstance";
    case fleet::EnvironmentState::starting: return "starting";
    case fleet::EnvironmentState::ready: return "ready";
    case fleet::EnvironmentState::draining: return "draining";
  }
  return "";
}

const char* name_of(fleet::InstanceState state) {
  switch (state) {
    case fleet::InstanceState::launching: return "launching";
    case fleet::InstanceState::running: return "running";
    case fleet::InstanceState::draining: return "draining";
  }
  return "";
}

}  // namespace

observe::FleetSnapshot LiveFleet::snapshot() const {
  observe::FleetSnapshot snapshot;
  for (const fleet::EnvironmentView& view : fleet_.environments()) {
    const control_plane::VersionDeployment& version = generations_.of(view.version);
    observe::EnvironmentSnapshot& shown = snapshot.environments.emplace_back();
    shown.function_name = version.key.function;
    shown.version = version.key.qualifier;
    shown.state = name_of(view.state);
    shown.slots = version.max_concurrency;
    if (const auto host = instances_.find(view.instance); host != instances_.end()) {
      shown.instance_id = host->second.name;
      shown.instance_type = host->second.type;
      shown.availability_zone = host->second.zone;
    }
    const auto live = environments_.find(view.id);
    if (live == environments_.end()) continue;  // it waits for its instance
    const environment::EnvironmentStats stats = live->second.process->stats();
    shown.id = live->second.name;
    shown.pid = stats.pid;
    shown.in_flight = stats.in_flight;
    shown.peak_in_flight = stats.peak_in_flight;
    shown.invocations = stats.invocations;
    shown.tmp_entries = entries_of(live->second.tmp_directory);
  }
  for (const fleet::InstanceView& view : fleet_.instances()) {
    const LiveInstance& live = instances_.at(view.id);
    snapshot.instances.push_back({.id = live.name,
                                  .type = live.type,
                                  .availability_zone = live.zone,
                                  .capacity_provider = live.provider,
                                  .state = name_of(view.state),
                                  .environments = view.environments});
  }
  return snapshot;
}

}  // namespace lmi::emulator::app
