#include "app/live_fleet.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace lmi::emulator::app {

// The fleet is fed with what real environments use.

namespace {

/// However fast the fleet's time runs: CPU time is counted in ticks of 10 ms, and looking costs something
/// too.
constexpr std::chrono::milliseconds shortest_measurement{200};

}  // namespace

void LiveFleet::measure_later() {
  if (measuring_.scheduled()) return;
  const auto interval = std::max<Clock::duration>(clock_.on_the_wall(config_.parameters.scaling_interval),
                                                  shortest_measurement);
  measuring_ = services_.loop.after(interval, [this] { measure(); });
}

void LiveFleet::measure() {
  measuring_.cancel();  // it has run
  std::vector<LoadMeter::Subject> subjects;
  std::set<fleet::EnvironmentId> measured;
  for (const auto& [id, live] : environments_) {
    const int pid = live.process->stats().pid;
    if (pid <= 0) continue;
    const std::uint64_t used = tmp_meter_.used_bytes(id, live.tmp_directory);
    subjects.push_back({id, pid, static_cast<unsigned>(used * 100 / live.tmp_limit_bytes)});
    measured.insert(id);
  }
  tmp_meter_.keep_only(measured);
  const auto reports = meter_.measure(subjects, services_.loop.now());
  fleet::Decisions decisions;
  fleet_.report_load(reports, now(), decisions);
  look_for_metrics();
  carry_out(std::move(decisions));
  const bool is_over =
      environments_.empty() && instances_.empty() && !(metrics_ && metrics_->has_unrecorded());
  if (!is_over && !shutting_down_) measure_later();
}

void LiveFleet::look_for_metrics() {
  if (!metrics_) return;
  std::vector<EnvironmentUse> uses;
  for (const fleet::EnvironmentView& view : fleet_.environments()) {
    const auto found = environments_.find(view.id);
    if (found == environments_.end() || !found->second.ready) continue;
    LiveEnvironment& live = found->second;
    const control_plane::VersionDeployment& version = generations_.of(view.version);
    const auto percent = [](std::uint64_t used, std::uint64_t given) {
      return static_cast<double>(used) * 100 / static_cast<double>(given);
    };
    uses.push_back({.id = view.id,
                    .provider = version.provider,
                    .function = live.key.function,
                    .version = live.key.qualifier,
                    .peak_concurrency = live.peak_slots,
                    .concurrency_limit = version.max_concurrency,
                    .cpu_percent = percent(view.cpu_milli, view.millivcpus),
                    .memory_percent = percent(view.memory_used_mb, view.memory_mb)});
    live.peak_slots = live.slots_held;
  }
  metrics_->look(clock_.date(), fleet_.instances(), uses);
}

}  // namespace lmi::emulator::app
