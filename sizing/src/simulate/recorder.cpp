#include "simulate/recorder.hpp"

#include <algorithm>
#include <array>

namespace lmi::sizing::simulate {
namespace {

constexpr double nanoseconds_per_hour = 3600e9;

/// Two digits are enough for a plot and keep clearing it cheap.
constexpr measure::Histogram::Limits interval_limits{
    .lowest_discernible = 1, .highest_trackable = 86'400'000'000, .significant_digits = 2};

std::int64_t microseconds(Time time) {
  return time.count() / 1000;
}

}  // namespace

Time series_interval(Time duration) {
  constexpr double most_intervals = 300;
  constexpr std::array<double, 14> round{0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800};
  const double wanted = seconds(duration) / most_intervals;
  const auto found = std::lower_bound(round.begin(), round.end(), wanted);
  return from_seconds(found == round.end() ? 3600 : *found);
}

Recorder::Recorder(Time duration, Time interval, const std::vector<std::string>& function_names)
    : current_latency_{interval_limits} {
  outcome_.duration = duration;
  outcome_.interval = interval;
  if (function_names.size() < 2) return;
  for (const auto& name : function_names) outcome_.functions.emplace_back().name = name;
}

void Recorder::arrived(std::size_t function, std::uint64_t count) {
  count_in(function, [&](Calls& calls) { calls.arrived += count; });
  current().arrived += count;
}

void Recorder::throttled(std::size_t function, std::size_t reason, std::uint64_t count) {
  count_in(function, [&](Calls& calls) { calls.throttles.at(reason) += count; });
  current().throttles.at(reason) += count;
}

void Recorder::has_environments(std::size_t function, std::uint64_t count) {
  if (outcome_.functions.empty()) return;
  auto& peak = outcome_.functions[function].peak_environments;
  peak = std::max(peak, count);
}

void Recorder::finished(std::size_t function, Time latency, bool in_time, std::uint64_t count) {
  if (!in_time) {
    count_in(function, [&](Calls& calls) { calls.timed_out += count; });
    current().timed_out += count;
    return;
  }
  count_in(function, [&](Calls& calls) { calls.succeeded += count; });
  current().succeeded += count;
  if (!outcome_.functions.empty()) {
    outcome_.functions[function].latency.record(microseconds(latency), static_cast<std::int64_t>(count));
  }
  outcome_.latency.record(microseconds(latency), static_cast<std::int64_t>(count));
  current_latency_.record(microseconds(latency), static_cast<std::int64_t>(count));
}

void Recorder::used_cpu(double amount) {
  if (now_ > outcome_.duration) return;  // calls that end later count, what they use then does not
  cpu_used_ += amount;
  interval_cpu_ += amount;
}

void Recorder::advance(Time now) {
  while (current_.begin < outcome_.duration) {
    const Time end = std::min(current_.begin + outcome_.interval, outcome_.duration);
    if (now < end) break;
    accumulate(end);
    close_interval();
  }
  accumulate(now);
}

void Recorder::set(const Levels& levels) {
  levels_ = levels;
  auto& peaks = outcome_.peaks;
  const auto raise = [](std::uint64_t& peak, double level) {
    peak = std::max(peak, static_cast<std::uint64_t>(level + 0.5));
  };
  raise(peaks.environments, levels.environments);
  raise(peaks.instances, levels.instances);
  raise(peaks.vcpus, levels.vcpus);
  raise(peaks.in_flight, levels.in_flight);
}

void Recorder::accumulate(Time until) {
  const Time end = std::min(until, outcome_.duration);
  if (end > now_) {
    const auto passed = static_cast<double>((end - now_).count());
    environments_area_ += levels_.environments * passed;
    vcpus_area_ += levels_.environment_vcpus * passed;
    instances_area_ += levels_.instances * passed;
    in_flight_area_ += levels_.in_flight * passed;
  }
  now_ = std::max(now_, until);
}

void Recorder::close_interval() {
  const Time end = std::min(current_.begin + outcome_.interval, outcome_.duration);
  const auto length = static_cast<double>((end - current_.begin).count());
  current_.environments = environments_area_ / length;
  current_.instances = instances_area_ / length;
  current_.in_flight = in_flight_area_ / length;
  current_.cpu_percent = vcpus_area_ > 0 ? 100 * interval_cpu_ / vcpus_area_ : 0;
  current_.p50_ms = static_cast<double>(current_latency_.value_at_percentile(50)) / 1000;
  current_.p99_ms = static_cast<double>(current_latency_.value_at_percentile(99)) / 1000;
  environment_ns_ += environments_area_;
  vcpu_ns_ += vcpus_area_;
  outcome_.series.push_back(current_);
  current_ = Interval{.begin = end};
  current_latency_ = measure::Histogram{interval_limits};
  environments_area_ = vcpus_area_ = instances_area_ = in_flight_area_ = interval_cpu_ = 0;
}

Outcome Recorder::finish() {
  advance(std::max(now_, outcome_.duration));
  // What ended after the last interval belongs to none.
  outcome_.environment_hours = environment_ns_ / nanoseconds_per_hour;
  outcome_.vcpu_hours_ready = vcpu_ns_ / nanoseconds_per_hour;
  outcome_.vcpu_hours_used = cpu_used_ / nanoseconds_per_hour;
  return std::move(outcome_);
}

}  // namespace lmi::sizing::simulate
