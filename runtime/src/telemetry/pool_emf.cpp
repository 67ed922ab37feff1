#include "lmi/pool_emf.hpp"

#include "core/json_text.hpp"
#include "telemetry/emf.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace lmi {
namespace {

constexpr std::string_view pool_dimension = "pool";

void refuse(std::string_view what, std::string_view name, std::string_view problem) {
  throw std::invalid_argument{std::string{what} + " \"" + std::string{name.substr(0, 100)} + "\" " +
                              std::string{problem}};
}

detail::EmfMember member(std::string_view key, std::string_view value) {
  std::string json{"\""};
  core::append_json_text(json, value);
  json.push_back('"');
  return {.key = std::string{key}, .json = std::move(json)};
}

/// A pool's name may be any text, a dimension's value may not; a report is no reason for a call to fail.
std::string dimension_value(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  name.resize(std::min(name.size(), telemetry::emf_dimension_value));
  return telemetry::emf_dimension_value_problem(name).empty() ? name : "unnamed";
}

/// The metrics of one line.
class Line {
 public:
  void add(std::string_view name, double value, Unit unit = Unit::count) {
    metrics_.push_back({std::string{name}, unit, Resolution::minute, {value}});
  }
  void count(std::string_view name, std::uint64_t now, std::uint64_t before) {
    add(name, static_cast<double>(now - before));
  }
  /// Only what has happened: each name is a metric that is paid for.
  void count_if_any(std::string_view name, std::uint64_t now, std::uint64_t before) {
    if (now != before) count(name, now, before);
  }

  [[nodiscard]] const std::vector<detail::EmfMetric>& metrics() const { return metrics_; }

 private:
  std::vector<detail::EmfMetric> metrics_;
};

void add_closings(Line& line, const PoolClosings& now, const PoolClosings& before) {
  line.count("PoolClosed", now.total(), before.total());
  constexpr std::pair<std::string_view, std::uint64_t PoolClosings::*> reasons[] = {
      {"PoolClosedPoisoned", &PoolClosings::poisoned},
      {"PoolClosedOverrun", &PoolClosings::overrun},
      {"PoolClosedStopped", &PoolClosings::stopped},
      {"PoolClosedException", &PoolClosings::exception},
      {"PoolClosedDiscarded", &PoolClosings::discarded},
      {"PoolClosedBroken", &PoolClosings::broken},
      {"PoolClosedUnhealthy", &PoolClosings::unhealthy},
      {"PoolClosedResetFailed", &PoolClosings::reset_failed},
      {"PoolClosedIdle", &PoolClosings::idle},
      {"PoolClosedLifetime", &PoolClosings::lifetime},
      {"PoolClosedShutdown", &PoolClosings::shutdown}};
  for (const auto& [name, reason] : reasons) line.count_if_any(name, now.*reason, before.*reason);
}

std::uint64_t refused(const PoolMetrics& pool) {
  return pool.queue_full + pool.refused_unhealthy + pool.refused_closed + pool.stopped;
}

}  // namespace

EmfPoolMetrics::EmfPoolMetrics(EmfPoolOptions options, Pools pools)
    : options_{std::move(options)},
      pools_{std::move(pools)},
      next_{(Clock::now() + options_.interval).time_since_epoch().count()} {
  if (const auto problem = telemetry::emf_name_space_problem(options_.name_space); !problem.empty())
    refuse("name space", options_.name_space, problem);
  if (options_.dimensions.size() >= telemetry::emf_dimensions)
    refuse("dimension", options_.dimensions.back().first, "is one more than the 29 allowed besides pool");
  for (const auto& [key, value] : options_.dimensions) {
    for (const auto problem :
         {telemetry::emf_dimension_name_problem(key), telemetry::emf_dimension_value_problem(value)})
      if (!problem.empty()) refuse("dimension", key, problem);
    const auto same = [&key = key](const auto& other) { return other.first == key; };
    if (key == pool_dimension ||
        std::count_if(options_.dimensions.begin(), options_.dimensions.end(), same) > 1)
      refuse("dimension", key, "is there twice");
    if (key.starts_with("Pool")) refuse("dimension", key, "may be the name of a metric");
  }
}

Decision EmfPoolMetrics::before(const RawEvent& /*event*/, Context& /*context*/) {
  return go_on;
}

void EmfPoolMetrics::after(Context& context, Completion& /*completion*/) {
  const auto now = Clock::now();
  if (now.time_since_epoch().count() < next_.load(std::memory_order_relaxed)) return;
  const std::unique_lock lock{mutex_, std::try_to_lock};
  if (!lock || now.time_since_epoch().count() < next_.load(std::memory_order_relaxed)) return;
  next_.store((now + options_.interval).time_since_epoch().count(), std::memory_order_relaxed);
  for (auto& pool : pools_()) {
    auto& last = last_[pool.name];
    report(context, pool, last);
    last = std::move(pool);
  }
}

void EmfPoolMetrics::report(const Context& context, const PoolMetrics& now, const PoolMetrics& before) const {
  std::vector<detail::EmfMember> dimensions;
  for (const auto& [key, value] : options_.dimensions) dimensions.push_back(member(key, value));
  dimensions.push_back(member(pool_dimension, dimension_value(now.name)));

  Line line;
  line.add("PoolInUse", static_cast<double>(now.in_use));
  line.add("PoolIdle", static_cast<double>(now.idle));
  line.add("PoolConnecting", static_cast<double>(now.connecting));
  line.add("PoolWaiters", static_cast<double>(now.waiters));
  line.count("PoolAcquired", now.acquired, before.acquired);
  line.count("PoolTimedOut", now.timed_out, before.timed_out);
  line.count("PoolRefused", refused(now), refused(before));
  line.count("PoolCreated", now.created, before.created);
  line.count("PoolConnectFailures", now.connect_failures, before.connect_failures);
  add_closings(line, now.closed, before.closed);
  if (const auto acquired = now.acquired - before.acquired; acquired > 0) {
    const std::chrono::duration<double, std::milli> waited = now.wait_total - before.wait_total;
    line.add("PoolWait", waited.count() / static_cast<double>(acquired), Unit::milliseconds);
  }

  const auto time = std::chrono::system_clock::now().time_since_epoch();
  telemetry::format_emf({.name_space = options_.name_space,
                         .timestamp_ms = std::chrono::duration_cast<std::chrono::milliseconds>(time).count(),
                         .dimensions = dimensions,
                         .properties = {},
                         .metrics = line.metrics()},
                        [&context](std::string_view text) { detail::write_line(context, text); });
}

}  // namespace lmi
