#include "app/live_fleet.hpp"

#include <algorithm>

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
  for (const auto& [id, live] : environments_) {
    if (const int pid = live.process->stats().pid; pid > 0) subjects.push_back({id, pid});
  }
  const auto reports = meter_.measure(subjects, services_.loop.now());
  fleet::Decisions decisions;
  fleet_.report_load(reports, now(), decisions);
  carry_out(std::move(decisions));
  if (!environments_.empty() && !shutting_down_) measure_later();
}

}  // namespace lmi::emulator::app
