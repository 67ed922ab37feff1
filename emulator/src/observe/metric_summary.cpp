#include "observe/metric_summary.hpp"

#include <algorithm>
#include <cmath>

namespace lmi::emulator::observe {
namespace {

/// Each bin ends that much above its beginning: its middle is at most 1 % from any value in it.
constexpr double bin_ratio = 1.02;
constexpr std::int16_t zero_bin = std::numeric_limits<std::int16_t>::min();

std::int16_t bin_of(double value) {
  if (!(value > 0)) return zero_bin;
  const double index = std::floor(std::log(value) / std::log(bin_ratio));
  return static_cast<std::int16_t>(std::clamp(index, -32'767.0, 32'767.0));
}

}  // namespace

void MetricSummary::add(double value) {
  ++count_;
  sum_ += value;
  minimum_ = std::min(minimum_, value);
  maximum_ = std::max(maximum_, value);
  add_to_bin(bin_of(value), 1);
}

void MetricSummary::add(const MetricSummary& other) {
  count_ += other.count_;
  sum_ += other.sum_;
  minimum_ = std::min(minimum_, other.minimum_);
  maximum_ = std::max(maximum_, other.maximum_);
  for (const auto& [index, values] : other.bins_) add_to_bin(index, values);
}

void MetricSummary::add_to_bin(std::int16_t index, std::uint64_t values) {
  const auto place = std::lower_bound(bins_.begin(), bins_.end(), index,
                                      [](const Bin& bin, std::int16_t wanted) { return bin.first < wanted; });
  if (place != bins_.end() && place->first == index) {
    place->second += values;
  } else {
    bins_.insert(place, {index, values});
  }
}

double MetricSummary::percentile(double percent) const {
  const auto rank =
      static_cast<std::uint64_t>(std::max(1.0, std::ceil(percent / 100 * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (const auto& [index, values] : bins_) {
    seen += values;
    if (seen < rank) continue;
    const double middle = index == zero_bin ? 0 : std::pow(bin_ratio, index + 0.5);
    return std::clamp(middle, minimum_, maximum_);
  }
  return maximum_;
}

}  // namespace lmi::emulator::observe
