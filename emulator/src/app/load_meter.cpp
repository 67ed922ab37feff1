#include "app/load_meter.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lmi::emulator::app {

std::vector<fleet::LoadReport> LoadMeter::measure(std::span<const Subject> subjects, Clock::time_point now) {
  std::vector<int> pids;
  for (const Subject& subject : subjects) pids.push_back(subject.pid);
  const std::map<int, supervisor::Usage> usages = probe_(pids);

  std::vector<fleet::LoadReport> reports;
  std::map<fleet::EnvironmentId, Reading> readings;
  for (const Subject& subject : subjects) {
    const auto usage = usages.find(subject.pid);
    if (usage == usages.end()) continue;  // it just ended
    readings[subject.environment] = {subject.pid, usage->second.cpu, now};
    const auto before = readings_.find(subject.environment);
    if (before == readings_.end() || before->second.pid != subject.pid || before->second.at >= now) continue;

    // What a process that ended had used may be missing from the sum now: that is no negative use.
    const auto used = std::max(usage->second.cpu - before->second.cpu, std::chrono::microseconds{0});
    const std::chrono::duration<double> elapsed = now - before->second.at;
    const double vcpus = std::chrono::duration<double>{used} / elapsed * cpu_scale_;
    reports.push_back({.environment = subject.environment,
                       .cpu_milli = static_cast<std::uint64_t>(std::llround(vcpus * 1000)),
                       .memory_mb = usage->second.resident_bytes >> 20U,
                       .disk_percent = subject.disk_percent});
  }
  readings_ = std::move(readings);
  return reports;
}

}  // namespace lmi::emulator::app
