#include "simulate/fluid.hpp"

#include "simulate/closed_network.hpp"
#include "simulate/fleet_world.hpp"
#include "simulate/fluid_levels.hpp"
#include "simulate/recorder.hpp"
#include "simulate/residents.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

namespace lmi::sizing::simulate {
namespace {

constexpr double longest_step = 1;       // seconds
constexpr unsigned samples_a_step = 48;  // of latencies

/// Whole numbers out of a flow of fractions: their sum is right to one.
class Rounder {
 public:
  std::uint64_t take(double amount) {
    sum_ += amount;
    const double whole = std::floor(sum_);
    sum_ -= whole;
    return static_cast<std::uint64_t>(whole);
  }

 private:
  double sum_ = 0;
};

class FluidRun final : public EnvironmentWatcher {
 public:
  FluidRun(const Scenario& scenario, const fleet::Catalogue& catalogue)
      : scenario_{scenario},
        world_{scenario, catalogue, *this},
        recorder_{scenario.duration, series_interval(scenario.duration), {scenario.function_name}},
        network_{scenario.service.cpu_ms.mean(), scenario.service.wait_ms.mean(), scenario.function.vcpus(),
                 scenario.function.concurrency},
        pack_{scenario.parameters.routing == fleet::Routing::pack},
        levels_{network_, pack_},
        random_{scenario.seed, Purpose::sampling},
        report_every_{scenario.parameters.scaling_interval},
        next_report_{report_every_} {
    const double interval = seconds(report_every_);
    step_ = from_seconds(interval / std::ceil(interval / longest_step));
  }

  Checked<Outcome> run(const OnProgress& on_progress) {
    if (auto wrong = world_.publish(); !wrong.empty()) return BadInput{"the version failed: " + wrong};
    set_levels();
    for (std::uint64_t steps = 0; now_ < scenario_.duration; ++steps) {
      constexpr std::uint64_t often = 256;
      if (on_progress && steps % often == 0) on_progress(seconds(now_) / seconds(scenario_.duration));
      let_fleet_act();
      advance(std::min(now_ + step_, scenario_.duration));
    }
    Outcome outcome = recorder_.finish();
    outcome.mode = Mode::fluid;
    outcome.instance_types = world_.usage(scenario_.duration);
    outcome.seconds_to_active = world_.seconds_to_active();
    return outcome;
  }

  void opened(fleet::EnvironmentId id, std::size_t, fleet::InstanceId instance) override {
    const std::uint32_t at = host_of(instance);
    Host& host = hosts_[at];
    regroup(host, +1);
    levels_.enter(host.group, 0);
    residents_.put(id, at);
  }
  void closing(fleet::EnvironmentId id) override { draining_.push_back({id, leave(id)}); }
  void killed(fleet::EnvironmentId id) override { leave(id); }
  void dispatched(fleet::CallId, fleet::EnvironmentId) override {}  // there is no queue here
  void refused(fleet::CallId, fleet::ThrottleReason) override {}

 private:
  struct Host {
    fleet::InstanceId instance{};
    double usable_vcpus = 0;
    unsigned environments = 0;
    std::size_t group = 0;
  };
  struct Draining {
    fleet::EnvironmentId id;
    double level;
  };

  std::uint32_t host_of(fleet::InstanceId instance) {
    const auto [known, added] = host_places_.try_emplace(instance, 0);
    if (!added) return known->second;
    if (unused_hosts_.empty()) {
      known->second = static_cast<std::uint32_t>(hosts_.size());
      hosts_.emplace_back();
    } else {
      known->second = unused_hosts_.back();
      unused_hosts_.pop_back();
    }
    hosts_[known->second] = {.instance = instance, .usable_vcpus = world_.usable_vcpus(instance)};
    return known->second;
  }

  /// The calls the environment held.
  double leave(fleet::EnvironmentId id) {
    const std::uint32_t at = residents_.take(id);
    Host& host = hosts_[at];
    const double level = levels_.leave(host.group);
    regroup(host, -1);
    if (host.environments == 0) {
      host_places_.erase(host.instance);
      unused_hosts_.push_back(at);
    }
    return level;
  }

  /// One environment more or less on a host makes all of them another kind.
  void regroup(Host& host, int change) {
    const std::size_t before = host.group;
    const unsigned staying = change > 0 ? host.environments : host.environments - 1;
    host.environments = static_cast<unsigned>(static_cast<int>(host.environments) + change);
    host.group = levels_.group_of(host.usable_vcpus, host.environments);
    for (unsigned i = 0; i < staying; ++i) levels_.enter(host.group, levels_.leave(before));
  }

  void let_fleet_act() {
    // Reports come first, as in the exact core.
    if (now_ >= next_report_) report();
    while (world_.next() <= now_) world_.step();
    set_levels();
  }

  void advance(Time end) {
    const double length = seconds(end - now_);
    const Time begin = now_;
    for (const auto& burst : scenario_.arrivals.bursts) {
      if (burst.at >= begin && burst.at < end) flow(static_cast<double>(burst.calls), 0);
    }
    double calls = 0;
    for (const auto& source : scenario_.arrivals.rates)
      calls += source.curve.calls(seconds(begin), seconds(end));
    flow(calls, length);
    drain(length);
    count_cpu(length);
    set_levels();
    now_ = end;
    recorder_.advance(now_);
  }

  void flow(double calls, double length) {
    const StepResult result = levels_.step(calls, length);
    const std::uint64_t arrived = arrived_.take(calls);
    recorder_.arrived(0, arrived);
    // What does not succeed is refused, so that every call has an outcome.
    const std::uint64_t refused = std::min(arrived, refused_.take(result.refused));
    recorder_.throttled(0, static_cast<std::size_t>(result.reason), refused);
    recorder_.refused(0, refused);
    sample(arrived - refused);
  }

  void sample(std::uint64_t calls) {
    const std::uint64_t samples = std::min<std::uint64_t>(calls, samples_a_step);
    for (std::uint64_t i = 0; i < samples; ++i) {
      const std::uint64_t count = calls * (i + 1) / samples - calls * i / samples;
      const Service& service = scenario_.service;
      const double ran = service.wait_ms.sample(random_) +
                         service.cpu_ms.sample(random_) * network_.sample_stretch(beside(), random_);
      const bool in_time = ran <= scenario_.function.timeout_seconds * 1000;
      recorder_.finished(0, from_milliseconds(ran + service.overhead_ms.sample(random_)), in_time, count);
    }
  }

  /// How many calls an environment holds, the call itself included: of an environment drawn by the calls it
  /// ends.
  unsigned beside() {
    if (pack_) return network_.slots();
    double all = 0;
    for (const auto& group : levels_.groups()) all += group.environments * levels_.throughput(group.level);
    double left = all * random_.uniform();
    double level = 1;
    for (const auto& group : levels_.groups()) {
      if (group.environments <= 0) continue;
      level = group.level;
      left -= group.environments * levels_.throughput(group.level);
      if (left <= 0) break;
    }
    // Between two whole numbers some environments hold the one, some the other.
    const double low = std::floor(level);
    const double high_share = level - low;
    const double high_ends = high_share * levels_.throughput(low + 1);
    const double low_ends = (1 - high_share) * levels_.throughput(low);
    const bool high = random_.uniform() * (high_ends + low_ends) < high_ends;
    return static_cast<unsigned>(std::max(1.0, high ? low + 1 : low));
  }

  void drain(double length) {
    std::vector<Draining> left;
    drained_.clear();
    for (Draining& environment : draining_) {
      environment.level = std::max(0.0, environment.level - length * levels_.throughput(environment.level));
      // A half of a call left is more likely none than one.
      if (environment.level < 0.5) {
        drained_.push_back(environment.id);
      } else {
        left.push_back(environment);
      }
    }
    draining_ = std::move(left);
    for (const auto id : drained_) world_.drained(id, now_);
  }

  void count_cpu(double length) {
    double used = 0;
    for (const auto& group : levels_.groups()) {
      used += group.environments * levels_.throughput(group.level) * network_.cpu_seconds();
    }
    recorder_.used_cpu(used * length * 1e9);
  }

  void report() {
    const double interval = seconds(report_every_);
    const Service& service = scenario_.service;
    std::vector<fleet::LoadReport> by_group;
    for (auto& group : levels_.groups()) {
      const double memory = service.memory_mb_base + service.memory_mb_per_call * group.level;
      const double disk = 100 * service.tmp_mb_per_call * group.level / scenario_.function.tmp_mb;
      const fleet::LoadReport load{
          .environment = {},
          .cpu_milli = static_cast<std::uint64_t>(std::llround(1000 * group.cpu_area / interval)),
          .memory_mb = static_cast<std::uint64_t>(std::llround(memory)),
          .disk_percent = static_cast<unsigned>(disk)};
      group.cpu_area = 0;
      group.blocked = blocked(group, load);
      by_group.push_back(load);
    }
    reports_.clear();
    for (const auto& resident : residents_.in_order()) {
      reports_.push_back(by_group[hosts_[resident.host].group]);
      reports_.back().environment = resident.id;
    }
    world_.report_load(reports_, now_);
    world_.report_concurrency(levels_.in_flight(), now_);
    next_report_ += report_every_;
  }

  /// The fleet's rule (fleet/load.cpp), for an environment like all of its group.
  std::optional<fleet::ThrottleReason> blocked(const EnvironmentGroup& group,
                                               const fleet::LoadReport& load) const {
    const auto& parameters = scenario_.parameters;
    const double host_cpu = static_cast<double>(load.cpu_milli) * group.per_instance;
    if (group.per_instance > 0 && host_cpu * 100 >= group.usable_vcpus * 1000 * parameters.hot_cpu_percent) {
      return fleet::ThrottleReason::cpu;
    }
    if (load.memory_mb * 100 >= std::uint64_t{scenario_.function.memory_mb} * parameters.hot_memory_percent) {
      return fleet::ThrottleReason::memory;
    }
    if (load.disk_percent >= parameters.hot_disk_percent) return fleet::ThrottleReason::disk;
    return std::nullopt;
  }

  void set_levels() {
    double in_flight = levels_.in_flight();
    for (const auto& environment : draining_) in_flight += environment.level;
    recorder_.set({.environments = static_cast<double>(world_.environments()),
                   .environment_vcpus = world_.environment_vcpus(),
                   .instances = static_cast<double>(world_.instances()),
                   .vcpus = static_cast<double>(world_.vcpus()),
                   .in_flight = in_flight});
  }

  const Scenario& scenario_;
  FleetWorld world_;
  Recorder recorder_;
  ClosedNetwork network_;
  bool pack_;
  FluidLevels levels_;
  Random random_;
  Time now_{};
  Time step_{};
  Time report_every_;
  Time next_report_;
  std::vector<Host> hosts_;
  std::vector<std::uint32_t> unused_hosts_;  // places in hosts_
  std::map<fleet::InstanceId, std::uint32_t> host_places_;
  Residents residents_;
  std::vector<Draining> draining_;
  std::vector<fleet::EnvironmentId> drained_;
  std::vector<fleet::LoadReport> reports_;
  Rounder arrived_;
  Rounder refused_;
};

}  // namespace

std::string fluid_obstacle(const Scenario& scenario) {
  if (scenario.functions() > 1) return "it follows one function only";
  if (scenario.faults.any()) return "it does not follow crashes";
  if (scenario.retries.attempts > 1) return "it does not follow retries";
  if (scenario.parameters.queue_length > 0) return "it does not follow a queue";
  if (scenario.parameters.scaling_policy == fleet::ScalingPolicy::maximum_over_drivers ||
      scenario.parameters.scaling_policy == fleet::ScalingPolicy::panic_window) {
    return "this scaling policy counts refused calls one by one";
  }
  return {};
}

Checked<Outcome> simulate_fluid(const Scenario& scenario, const fleet::Catalogue& catalogue,
                                const OnProgress& on_progress) {
  if (auto obstacle = fluid_obstacle(scenario); !obstacle.empty()) {
    return BadInput{"fluid mode cannot simulate this scenario: " + obstacle};
  }
  return FluidRun{scenario, catalogue}.run(on_progress);
}

}  // namespace lmi::sizing::simulate
