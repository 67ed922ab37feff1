#pragma once

#include "simulate/outcome.hpp"

#include <string>
#include <vector>

namespace lmi::sizing::simulate {

/// The levels of a run at one moment, as far as the series shows them.
struct Levels {
  double environments = 0;
  double environment_vcpus = 0;  ///< Of these.
  double instances = 0;
  double vcpus = 0;  ///< Of running instances.
  double in_flight = 0;
};

/// Builds an Outcome: counts, the series, means over time.
class Recorder {
 public:
  /// `function_names`: apart from the sums, each of several is counted by itself.
  Recorder(Time duration, Time interval, const std::vector<std::string>& function_names);

  // What happens to calls of a function, at the moment of the last advance().
  void arrived(std::size_t function, std::uint64_t count = 1);
  void throttled(std::size_t function, std::size_t reason, std::uint64_t count = 1);
  void refused(std::size_t function, std::uint64_t count = 1) {
    count_in(function, [&](Calls& calls) { calls.refused += count; });
  }
  void retried(std::size_t function) {
    count_in(function, [](Calls& calls) { ++calls.retries; });
  }
  void lost(std::size_t function) {
    count_in(function, [](Calls& calls) { ++calls.lost; });
  }
  void finished(std::size_t function, Time latency, bool in_time, std::uint64_t count = 1);
  void has_environments(std::size_t function, std::uint64_t count);
  /// CPU used, in vCPU-nanoseconds.
  void used_cpu(double amount);

  /// Levels hold until the next call. `now` never goes back.
  void advance(Time now);
  void set(const Levels& levels);
  const Levels& levels() const noexcept { return levels_; }

  /// Closes the series at its end and hands the outcome over; once.
  Outcome finish();

 private:
  template <class Count>
  void count_in(std::size_t function, Count count) {
    count(outcome_.calls);
    if (!outcome_.functions.empty()) count(outcome_.functions[function].calls);
  }
  void accumulate(Time until);
  void close_interval();
  Interval& current() { return current_; }

  Outcome outcome_;
  Levels levels_;
  Time now_{};
  Interval current_;
  measure::Histogram current_latency_;
  double environment_ns_ = 0;
  double vcpu_ns_ = 0;
  double cpu_used_ = 0;
  // Of the current interval: level × nanoseconds.
  double environments_area_ = 0;
  double vcpus_area_ = 0;
  double instances_area_ = 0;
  double in_flight_area_ = 0;
  double interval_cpu_ = 0;
};

/// A round length that gives at most a few hundred intervals.
Time series_interval(Time duration);

}  // namespace lmi::sizing::simulate
