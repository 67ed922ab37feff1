#include "app/environment_spec.hpp"
#include "app/live_fleet.hpp"
#include "app/translate.hpp"

#include <algorithm>
#include <utility>

namespace lmi::emulator::app {

// What real environments are made of, and what they tell.

using std::chrono::milliseconds;

environment::EnvironmentSpec LiveFleet::spec_of(const LiveEnvironment& live) const {
  const control_plane::VersionDeployment& version = generations_.of(live.version);
  environment::EnvironmentSpec spec = spec_of_version(version, {.id = live.name,
                                                                .tmp_directory = live.tmp_directory,
                                                                .opt_root = config_.opt_root,
                                                                .day = config_.wall_clock()});
  spec.max_concurrency = std::to_string(version.max_concurrency);
  // lmi-behaviour.md §1.5: max(130 s, function timeout), the latter counted up to 15 minutes.
  spec.init_timeout = std::max(milliseconds{std::chrono::seconds{130}},
                               std::min(spec.timeout, milliseconds{std::chrono::minutes{15}}));
  spec.repoll_grace = config_.repoll_grace;
  return spec;
}

environment::EnvironmentEvents LiveFleet::events_of(fleet::EnvironmentId id) {
  environment::EnvironmentEvents events;
  events.on_ready = [this, id] { ready(id); };
  events.on_init_failed = [this, id](const environment::InitFailure& failure) {
    LiveEnvironment& live = environments_.at(id);
    live.failure = version_failure(failure, live.key.function);
  };
  events.on_slot_free = [this, id] { release_slot(id); };
  events.on_gone = [this, id](bool crashed) { gone(id, crashed); };
  events.on_log = [this, id](environment::LogSource source, std::string line) {
    log(id, source, std::move(line));
  };
  return events;
}

void LiveFleet::ready(fleet::EnvironmentId id) {
  if (shutting_down_) return;
  environments_.at(id).ready = true;
  fleet::Decisions decisions;
  fleet_.environment_ready(id, now(), decisions);
  carry_out(std::move(decisions));
}

void LiveFleet::gone(fleet::EnvironmentId id, bool crashed) {
  const auto found = environments_.find(id);
  if (found == environments_.end()) return;
  LiveEnvironment last =
      std::move(found->second);  // its process ends with this scope, after the fleet was told
  environments_.erase(found);
  if (shutting_down_) {
    if (environments_.empty() && all_gone_) services_.loop.post(std::exchange(all_gone_, nullptr));
    return;
  }
  if (crashed && !last.ready && !last.failure) {
    last.failure = version_failure({"Runtime.ExitError", ""}, last.key.function);
  }
  fleet::Decisions decisions;
  fleet_.environment_gone(id, std::move(last.failure), now(), decisions);
  carry_out(std::move(decisions));
}

void LiveFleet::release_slot(fleet::EnvironmentId id) {
  const auto found = environments_.find(id);
  if (found == environments_.end() || found->second.slots_held == 0) return;
  --found->second.slots_held;
  fleet::Decisions decisions;
  fleet_.release(id, now(), decisions);
  if (!decisions.empty()) carry_out(std::move(decisions));
}

void LiveFleet::log(fleet::EnvironmentId id, environment::LogSource source, std::string line) {
  const LiveEnvironment& live = environments_.at(id);
  services_.logs.append(log_event(live.key, live.name, config_.wall_clock(), source, std::move(line)));
}

}  // namespace lmi::emulator::app
