#pragma once

#include "simulate/outcome.hpp"

namespace lmi::sizing::simulate {

/// The levels of a run at one moment, as far as the series shows them.
struct Levels {
  double environments = 0;
  double instances = 0;
  double vcpus = 0;  ///< Of running instances.
  double in_flight = 0;
};

/// Builds an Outcome: counts, the series, means over time.
class Recorder {
 public:
  /// `vcpus_each`: of one environment.
  Recorder(Time duration, Time interval, double vcpus_each);

  // What happens to calls, at the moment of the last advance().
  void arrived(std::uint64_t count = 1);
  void throttled(std::size_t reason, std::uint64_t count = 1);
  void refused(std::uint64_t count = 1) { outcome_.calls.refused += count; }
  void retried(std::uint64_t count = 1) { outcome_.calls.retries += count; }
  void lost(std::uint64_t count = 1) { outcome_.calls.lost += count; }
  void finished(Time latency, bool in_time, std::uint64_t count = 1);
  /// CPU used, in vCPU-nanoseconds.
  void used_cpu(double amount);

  /// Levels hold until the next call. `now` never goes back.
  void advance(Time now);
  void set(const Levels& levels);
  const Levels& levels() const noexcept { return levels_; }

  /// Closes the series at its end and hands the outcome over; once.
  Outcome finish();

 private:
  void accumulate(Time until);
  void close_interval();
  Interval& current() { return current_; }

  Outcome outcome_;
  Levels levels_;
  double vcpus_each_;
  Time now_{};
  Interval current_;
  measure::Histogram current_latency_;
  double environment_ns_ = 0;
  double cpu_used_ = 0;
  // Of the current interval: level × nanoseconds.
  double environments_area_ = 0;
  double instances_area_ = 0;
  double in_flight_area_ = 0;
  double interval_cpu_ = 0;
};

/// A round length that gives at most a few hundred intervals.
Time series_interval(Time duration);

}  // namespace lmi::sizing::simulate
