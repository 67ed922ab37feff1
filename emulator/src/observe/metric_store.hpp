#pragma once

#include "observe/metric_summary.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace lmi::emulator::observe {

/// A metric of the namespace AWS/Lambda: as in CloudWatch, each combination of dimensions is one of its own.
struct MetricId {
  std::string name;
  std::map<std::string, std::string> dimensions;
  friend auto operator<=>(const MetricId&, const MetricId&) = default;
};

using MetricTime = std::chrono::system_clock::time_point;

/// How much is kept; the oldest minutes go first.
struct MetricLimits {
  /// CloudWatch keeps data points of one minute as long (AWS documentation, "Metrics retention").
  std::chrono::minutes age{std::chrono::hours{15 * 24}};
  std::size_t bytes = 64U << 20U;  ///< Of data points, about. Ours.
};

/// Keeps what was measured, a summary for each metric and minute, in memory only. Pure: it is told the time.
///
/// Threads: one at a time.
class MetricStore {
 public:
  static constexpr std::chrono::seconds resolution{60};

  explicit MetricStore(MetricLimits limits = {}) : limits_{limits} {}

  /// One value, measured at `when`; times need not rise. `unit` is one of CloudWatch's and always the same
  /// for a metric; the text must stay.
  void record(const MetricId& id, const char* unit, double value, MetricTime when);

  struct Entry {
    MetricId id;
    const char* unit;
    MetricTime newest;  ///< Beginning of its newest minute.
  };
  /// Every metric that has data points, by name, then dimensions.
  std::vector<Entry> list() const;

  /// The metric's unit; nullptr: it has no data points.
  const char* unit_of(const MetricId& id) const;

  struct Point {
    MetricTime begin;
    MetricSummary summary;
  };
  /// What was measured from `from` (rounded down to a minute) up to and without `to`, in periods counted from
  /// there, oldest first; periods without values are left out. Precondition: `period` is at least a minute
  /// and a whole number of them.
  std::vector<Point> read(const MetricId& id, MetricTime from, MetricTime to,
                          std::chrono::seconds period) const;

 private:
  using Minute = std::int64_t;  // since the epoch
  using Number = std::uint32_t;
  struct Series {
    Number number = 0;
    const char* unit = "";
    std::size_t points = 0;
    Minute newest = 0;
  };
  using Registry = std::map<MetricId, Series>;

  void trim();
  void drop_oldest_minute();

  MetricLimits limits_;
  Registry series_;
  std::map<Number, Registry::iterator> by_number_;
  Number last_number_ = 0;
  std::map<Minute, std::unordered_map<Number, MetricSummary>> minutes_;
  std::size_t bytes_ = 0;
};

}  // namespace lmi::emulator::observe
