#include "observe/metric_store.hpp"

#include <algorithm>

namespace lmi::emulator::observe {
namespace {

using std::chrono::minutes;

std::int64_t minute_of(MetricTime time) {
  return std::chrono::floor<minutes>(time.time_since_epoch()).count();
}

MetricTime time_of(std::int64_t minute) {
  return MetricTime{minutes{minute}};
}

/// Of one data point, with its place in the table; about.
std::size_t cost(const MetricSummary& summary) {
  return sizeof(MetricSummary) + 4 * sizeof(void*) + summary.extra_bytes();
}

}  // namespace

void MetricStore::record(const MetricId& id, const char* unit, double value, MetricTime when) {
  const Minute minute = minute_of(when);
  const auto [series, is_new] = series_.try_emplace(id);
  if (is_new) {
    series->second.number = ++last_number_;
    series->second.unit = unit;
    series->second.newest = minute;
    by_number_.emplace(series->second.number, series);
  }
  series->second.newest = std::max(series->second.newest, minute);
  const auto [summary, is_first] = minutes_[minute].try_emplace(series->second.number);
  if (is_first) {
    ++series->second.points;
  } else {
    bytes_ -= cost(summary->second);
  }
  summary->second.add(value);
  bytes_ += cost(summary->second);
  trim();
}

void MetricStore::trim() {
  const Minute newest = minutes_.rbegin()->first;
  // The newest minute stays whatever it takes: it is bounded by the number of metrics.
  while (minutes_.size() > 1 &&
         (bytes_ > limits_.bytes || minutes_.begin()->first <= newest - limits_.age.count())) {
    drop_oldest_minute();
  }
}

void MetricStore::drop_oldest_minute() {
  const auto oldest = minutes_.begin();
  for (const auto& [number, summary] : oldest->second) {
    bytes_ -= cost(summary);
    const auto found = by_number_.find(number);
    if (--found->second->second.points > 0) continue;
    series_.erase(found->second);
    by_number_.erase(found);
  }
  minutes_.erase(oldest);
}

std::vector<MetricStore::Entry> MetricStore::list() const {
  std::vector<Entry> entries;
  entries.reserve(series_.size());
  for (const auto& [id, series] : series_) entries.push_back({id, series.unit, time_of(series.newest)});
  return entries;
}

const char* MetricStore::unit_of(const MetricId& id) const {
  const auto found = series_.find(id);
  return found == series_.end() ? nullptr : found->second.unit;
}

std::vector<MetricStore::Point> MetricStore::read(const MetricId& id, MetricTime from, MetricTime to,
                                                  std::chrono::seconds period) const {
  std::vector<Point> points;
  const auto series = series_.find(id);
  if (series == series_.end()) return points;
  const Minute first = minute_of(from);
  const Minute length = std::chrono::floor<minutes>(period).count();
  for (auto next = minutes_.lower_bound(first); next != minutes_.end() && time_of(next->first) < to; ++next) {
    const auto found = next->second.find(series->second.number);
    if (found == next->second.end()) continue;
    const MetricTime begin = time_of(first + (next->first - first) / length * length);
    if (points.empty() || points.back().begin != begin) points.push_back({begin, {}});
    points.back().summary.add(found->second);
  }
  return points;
}

}  // namespace lmi::emulator::observe
