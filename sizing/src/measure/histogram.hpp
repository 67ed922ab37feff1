#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lmi::sizing::measure {

/// Counts of values in log-linear buckets, laid out as HdrHistogram lays them out: within each power of two,
/// equally wide sub-buckets, so that every value is kept to `significant_digits` decimal digits. Recording
/// costs a count-leading-zeros and an increment; the size is fixed (184 KiB for one microsecond to one hour,
/// 3 digits).
///
/// Threads: not safe; merge() those of several threads.
class Histogram {
 public:
  struct Limits {
    std::int64_t lowest_discernible = 1;  ///< At least 1. Smaller values are not told from 0.
    std::int64_t highest_trackable =
        3600000000;              ///< At least twice the lowest. Greater values count as this one.
    int significant_digits = 3;  ///< 1 to 5.
  };

  /// Throws std::invalid_argument when the limits are outside of what is written at them.
  explicit Histogram(Limits limits);

  /// Negative values count as 0, values over the highest trackable as that (see clamped()).
  void record(std::int64_t value, std::int64_t count = 1);

  /// Adds all of `other`, whose limits may differ. Values are those of other's buckets.
  void merge(const Histogram& other);

  /// HdrHistogram's correction for coordinated omission: for each value over `expected_interval` also the
  /// values a patient observer would have seen in between (value - interval, value - 2·interval, … down to
  /// the interval).
  Histogram corrected_for_coordinated_omission(std::int64_t expected_interval) const;

  std::int64_t total_count() const noexcept { return total_count_; }
  /// How many values were over the highest trackable one.
  std::int64_t clamped() const noexcept { return clamped_; }
  std::int64_t min() const noexcept;  ///< To the bucket's precision; 0 when empty.
  std::int64_t max() const noexcept;  ///< To the bucket's precision; 0 when empty.
  double mean() const noexcept;       ///< 0 when empty.

  /// The greatest value equivalent to the one that `percentile` (0 to 100) per cent of the values do not
  /// exceed.
  std::int64_t value_at_percentile(double percentile) const noexcept;
  std::int64_t count_at(std::int64_t value) const noexcept;  ///< Of all values equivalent to this one.

  /// The range of values that share a bucket with `value`.
  std::int64_t lowest_equivalent(std::int64_t value) const noexcept;
  std::int64_t highest_equivalent(std::int64_t value) const noexcept;
  std::int64_t median_equivalent(std::int64_t value) const noexcept;
  std::int64_t equivalent_range(std::int64_t value) const noexcept;

  std::size_t bucket_count() const noexcept { return counts_.size(); }

 private:
  struct Position {
    int bucket;
    int sub_bucket;
  };
  Position position_of(std::int64_t value) const noexcept;
  std::size_t index_of(std::int64_t value) const noexcept;
  std::int64_t value_at_index(std::size_t index) const noexcept;

  Limits limits_;
  int unit_magnitude_ = 0;             ///< log2 of lowest_discernible.
  int sub_bucket_half_magnitude_ = 0;  ///< log2 of half the sub-buckets of a bucket.
  std::int64_t sub_bucket_mask_ = 0;
  std::vector<std::int64_t> counts_;
  std::int64_t total_count_ = 0;
  std::int64_t clamped_ = 0;
};

}  // namespace lmi::sizing::measure
