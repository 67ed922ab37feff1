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

Recorder::Recorder(Time duration, Time interval, double vcpus_each)
    : vcpus_each_{vcpus_each}, current_latency_{interval_limits} {
  outcome_.duration = duration;
  outcome_.interval = interval;
}

void Recorder::arrived(std::uint64_t count) {
  outcome_.calls.arrived += count;
  current().arrived += count;
}

void Recorder::throttled(std::size_t reason, std::uint64_t count) {
  outcome_.calls.throttles.at(reason) += count;
  current().throttles.at(reason) += count;
}

void Recorder::finished(Time latency, bool in_time, std::uint64_t count) {
  if (!in_time) {
    outcome_.calls.timed_out += count;
    current().timed_out += count;
    return;
  }
  outcome_.calls.succeeded += count;
  current().succeeded += count;
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
  const double ready = environments_area_ * vcpus_each_;
  current_.cpu_percent = ready > 0 ? 100 * interval_cpu_ / ready : 0;
  current_.p50_ms = static_cast<double>(current_latency_.value_at_percentile(50)) / 1000;
  current_.p99_ms = static_cast<double>(current_latency_.value_at_percentile(99)) / 1000;
  environment_ns_ += environments_area_;
  outcome_.series.push_back(current_);
  current_ = Interval{.begin = end};
  current_latency_ = measure::Histogram{interval_limits};
  environments_area_ = instances_area_ = in_flight_area_ = interval_cpu_ = 0;
}

Outcome Recorder::finish() {
  advance(std::max(now_, outcome_.duration));
  // What ended after the last interval belongs to none.
  outcome_.environment_hours = environment_ns_ / nanoseconds_per_hour;
  outcome_.vcpu_hours_ready = outcome_.environment_hours * vcpus_each_;
  outcome_.vcpu_hours_used = cpu_used_ / nanoseconds_per_hour;
  return std::move(outcome_);
}

}  // namespace lmi::sizing::simulate
