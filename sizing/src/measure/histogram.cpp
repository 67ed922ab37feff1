#include "measure/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace lmi::sizing::measure {
namespace {

int floor_log2(std::uint64_t value) {
  return static_cast<int>(std::bit_width(value)) - 1;
}
int ceil_log2(std::uint64_t value) {
  return value <= 1 ? 0 : floor_log2(value - 1) + 1;
}

/// How many doublings it takes until the buckets reach `highest`.
std::size_t buckets_needed(std::int64_t highest, std::int64_t first_bucket_end) {
  std::size_t buckets = 1;
  for (std::int64_t end = first_bucket_end; end <= highest; end <<= 1) {
    ++buckets;
    if (end > std::numeric_limits<std::int64_t>::max() / 2) break;
  }
  return buckets;
}

}  // namespace

Histogram::Histogram(Limits limits) : limits_{limits} {
  if (limits.lowest_discernible < 1)
    throw std::invalid_argument{"lowest discernible value must be at least 1"};
  if (limits.significant_digits < 1 || limits.significant_digits > 5) {
    throw std::invalid_argument{"significant digits must be 1 to 5"};
  }
  if (limits.highest_trackable / 2 < limits.lowest_discernible) {
    throw std::invalid_argument{"highest trackable value must be at least twice the lowest"};
  }

  // Up to this value each integer has a sub-bucket of its own; half the sub-buckets then still give the
  // precision.
  std::uint64_t single_unit_values = 2;
  for (int digit = 0; digit < limits.significant_digits; ++digit) single_unit_values *= 10;

  const int sub_bucket_magnitude = ceil_log2(single_unit_values);
  sub_bucket_half_magnitude_ = sub_bucket_magnitude - 1;
  unit_magnitude_ = floor_log2(static_cast<std::uint64_t>(limits.lowest_discernible));
  if (unit_magnitude_ + sub_bucket_magnitude > 62) {
    throw std::invalid_argument{"lowest discernible value and digits together need more than 63 bits"};
  }
  const std::int64_t sub_buckets = std::int64_t{1} << sub_bucket_magnitude;
  sub_bucket_mask_ = (sub_buckets - 1) << unit_magnitude_;

  // The lower half of every bucket but the first repeats the one before it, so each costs half its
  // sub-buckets.
  const auto buckets = buckets_needed(limits.highest_trackable, sub_buckets << unit_magnitude_);
  counts_.resize((buckets + 1) << sub_bucket_half_magnitude_);
}

Histogram::Position Histogram::position_of(std::int64_t value) const noexcept {
  const int highest_bit =
      static_cast<int>(std::bit_width(static_cast<std::uint64_t>(value | sub_bucket_mask_)));
  const int bucket = highest_bit - unit_magnitude_ - (sub_bucket_half_magnitude_ + 1);
  return {bucket, static_cast<int>(value >> (bucket + unit_magnitude_))};
}

std::size_t Histogram::index_of(std::int64_t value) const noexcept {
  const auto [bucket, sub_bucket] = position_of(value);
  const int half = 1 << sub_bucket_half_magnitude_;
  return static_cast<std::size_t>(((bucket + 1) << sub_bucket_half_magnitude_) + sub_bucket - half);
}

std::int64_t Histogram::value_at_index(std::size_t index) const noexcept {
  const auto position = static_cast<std::int64_t>(index);
  const std::int64_t half = std::int64_t{1} << sub_bucket_half_magnitude_;
  std::int64_t bucket = (position >> sub_bucket_half_magnitude_) - 1;
  std::int64_t sub_bucket = (position & (half - 1)) + half;
  if (bucket < 0) {
    sub_bucket -= half;
    bucket = 0;
  }
  return sub_bucket << (bucket + unit_magnitude_);
}

void Histogram::record(std::int64_t value, std::int64_t count) {
  if (value > limits_.highest_trackable) clamped_ += count;
  counts_[index_of(std::clamp<std::int64_t>(value, 0, limits_.highest_trackable))] += count;
  total_count_ += count;
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < other.counts_.size(); ++i) {
    if (other.counts_[i] != 0) record(other.value_at_index(i), other.counts_[i]);
  }
  clamped_ += other.clamped_;
}

Histogram Histogram::corrected_for_coordinated_omission(std::int64_t expected_interval) const {
  Histogram corrected{limits_};
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    const auto value = highest_equivalent(value_at_index(i));  // as HdrHistogram's iterators report it
    corrected.record(value, counts_[i]);
    if (expected_interval <= 0) continue;
    for (auto missing = value - expected_interval; missing >= expected_interval;
         missing -= expected_interval) {
      corrected.record(missing, counts_[i]);
    }
  }
  corrected.clamped_ = clamped_;
  return corrected;
}

std::int64_t Histogram::min() const noexcept {
  const auto first = std::find_if(counts_.begin(), counts_.end(), [](auto count) { return count != 0; });
  return first == counts_.end() ? 0 : value_at_index(static_cast<std::size_t>(first - counts_.begin()));
}

std::int64_t Histogram::max() const noexcept {
  const auto last = std::find_if(counts_.rbegin(), counts_.rend(), [](auto count) { return count != 0; });
  if (last == counts_.rend()) return 0;
  return highest_equivalent(value_at_index(static_cast<std::size_t>(counts_.rend() - last) - 1));
}

double Histogram::mean() const noexcept {
  if (total_count_ == 0) return 0;
  double sum = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    sum += static_cast<double>(median_equivalent(value_at_index(i))) * static_cast<double>(counts_[i]);
  }
  return sum / static_cast<double>(total_count_);
}

std::int64_t Histogram::value_at_percentile(double percentile) const noexcept {
  if (total_count_ == 0) return 0;
  // One step down, so that a percentage that is exact on paper is not pushed over the next count by rounding.
  const double wanted = std::clamp(std::nextafter(percentile, 0.0), 0.0, 100.0);
  const auto rank = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(std::ceil(wanted / 100.0 * static_cast<double>(total_count_))));
  std::int64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= rank) return highest_equivalent(value_at_index(i));
  }
  return max();
}

std::int64_t Histogram::count_at(std::int64_t value) const noexcept {
  return counts_[index_of(std::clamp<std::int64_t>(value, 0, limits_.highest_trackable))];
}

std::int64_t Histogram::equivalent_range(std::int64_t value) const noexcept {
  return std::int64_t{1} << (unit_magnitude_ + position_of(value).bucket);
}

std::int64_t Histogram::lowest_equivalent(std::int64_t value) const noexcept {
  const auto [bucket, sub_bucket] = position_of(value);
  return static_cast<std::int64_t>(sub_bucket) << (bucket + unit_magnitude_);
}

std::int64_t Histogram::highest_equivalent(std::int64_t value) const noexcept {
  return lowest_equivalent(value) + equivalent_range(value) - 1;
}

std::int64_t Histogram::median_equivalent(std::int64_t value) const noexcept {
  return lowest_equivalent(value) + (equivalent_range(value) >> 1);
}

}  // namespace lmi::sizing::measure
