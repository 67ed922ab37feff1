#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace lmi::emulator::observe {

/// What CloudWatch keeps of many values of one metric: the five statistics, and how the values are spread,
/// for percentiles. Its size grows with the spread of the values (a bin for every 2 %), not with their
/// number.
class MetricSummary {
 public:
  void add(double value);
  void add(const MetricSummary& other);

  std::uint64_t count() const noexcept { return count_; }
  double sum() const noexcept { return sum_; }
  double average() const noexcept { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }
  double minimum() const noexcept { return minimum_; }  ///< Precondition: something was added.
  double maximum() const noexcept { return maximum_; }  ///< Precondition: something was added.

  /// The value that `percent` of the values do not exceed, within 1 % of its size; exact when all are equal.
  /// Negative values count as 0. Preconditions: something was added; 0 ≤ percent ≤ 100.
  double percentile(double percent) const;

  /// Bytes besides the object itself.
  std::size_t extra_bytes() const noexcept { return bins_.size() * sizeof(Bin); }

 private:
  using Bin = std::pair<std::int16_t, std::uint64_t>;  // index, values
  void add_to_bin(std::int16_t index, std::uint64_t values);

  std::uint64_t count_ = 0;
  double sum_ = 0;
  double minimum_ = std::numeric_limits<double>::infinity();
  double maximum_ = -std::numeric_limits<double>::infinity();
  std::vector<Bin> bins_;  // by index
};

}  // namespace lmi::emulator::observe
