#include "simulate/metrics.hpp"

#include "simulate/cost.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace lmi::sizing::simulate {
namespace {

double percent(double part, double whole) {
  return whole > 0 ? 100 * part / whole : 0;
}

double latency(const measure::Histogram& micros, double percentile) {
  return static_cast<double>(micros.value_at_percentile(percentile)) / 1000;
}

/// A figure of the series, and whether several intervals are added up or averaged.
struct SeriesMetric {
  std::string_view name;
  double (*of)(const Interval&);
  bool adds_up;
};
constexpr std::array<SeriesMetric, 10> series_metrics{{
    {"arrived", [](const Interval& row) { return static_cast<double>(row.arrived); }, true},
    {"succeeded", [](const Interval& row) { return static_cast<double>(row.succeeded); }, true},
    {"timedOut", [](const Interval& row) { return static_cast<double>(row.timed_out); }, true},
    {"throttles", [](const Interval& row) { return static_cast<double>(sum(row.throttles)); }, true},
    {"environments", [](const Interval& row) { return row.environments; }, false},
    {"instances", [](const Interval& row) { return row.instances; }, false},
    {"inFlight", [](const Interval& row) { return row.in_flight; }, false},
    {"cpuPercent", [](const Interval& row) { return row.cpu_percent; }, false},
    {"p50Ms", [](const Interval& row) { return row.p50_ms; }, false},
    {"p99Ms", [](const Interval& row) { return row.p99_ms; }, false},
}};

std::optional<double> parse(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> of_series(const Outcome& outcome, std::string_view name, std::string_view when) {
  const auto found = std::find_if(series_metrics.begin(), series_metrics.end(),
                                  [&](const SeriesMetric& row) { return row.name == name; });
  if (found == series_metrics.end()) return std::nullopt;
  const auto dash = when.find('-');
  const auto from = parse(when.substr(0, dash));
  const auto to = dash == std::string_view::npos ? from : parse(when.substr(dash + 1));
  if (!from || !to) return std::nullopt;

  double total = 0;
  double count = 0;
  for (const Interval& row : outcome.series) {
    const double begin = seconds(row.begin);
    const bool inside = dash == std::string_view::npos
                            ? begin <= *from && *from < begin + seconds(outcome.interval)
                            : begin >= *from && begin < *to;
    if (!inside) continue;
    total += found->of(row);
    count += 1;
  }
  if (count == 0) return std::nullopt;
  return found->adds_up ? total : total / count;
}

}  // namespace

std::vector<Metric> metrics_of(const Scenario& scenario, const Outcome& outcome) {
  const Calls& calls = outcome.calls;
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  const double attempts = number(calls.arrived + calls.retries);
  const double throttles = number(sum(calls.throttles));
  const Cost cost = cost_of(outcome, scenario.prices);
  double instance_hours = 0;
  for (const auto& [type, usage] : outcome.instance_types) instance_hours += usage.hours;

  std::vector<Metric> all{{"arrived", "calls", "", number(calls.arrived)},
                          {"succeeded", "succeeded", "", number(calls.succeeded)},
                          {"failedPercent", "failed", "%",
                           percent(number(calls.arrived - calls.succeeded), number(calls.arrived))},
                          {"timedOut", "timed out", "", number(calls.timed_out)},
                          {"refused", "refused for good", "", number(calls.refused)},
                          {"lost", "lost in a crash", "", number(calls.lost)},
                          {"retries", "retries", "", number(calls.retries)},
                          {"throttles", "throttles", "", throttles},
                          {"throttlePercent", "throttles of attempts", "%", percent(throttles, attempts)}};
  for (std::size_t i = 0; i < reason_names.size(); ++i) {
    const std::string reason = reason_names.at(i);
    all.push_back({"throttles" + reason, reason + "Throttles", "", number(calls.throttles.at(i))});
  }
  const std::vector<Metric> rest{
      {"meanMs", "latency, mean", "ms", outcome.latency.mean() / 1000},
      {"p50Ms", "p50", "ms", latency(outcome.latency, 50)},
      {"p90Ms", "p90", "ms", latency(outcome.latency, 90)},
      {"p95Ms", "p95", "ms", latency(outcome.latency, 95)},
      {"p99Ms", "p99", "ms", latency(outcome.latency, 99)},
      {"p999Ms", "p99.9", "ms", latency(outcome.latency, 99.9)},
      {"maxMs", "max", "ms", latency(outcome.latency, 100)},
      {"peakInFlight", "calls at once, most", "", number(outcome.peaks.in_flight)},
      {"peakEnvironments", "environments, most", "", number(outcome.peaks.environments)},
      {"meanEnvironments", "environments, mean", "",
       outcome.environment_hours * 3600 / seconds(outcome.duration)},
      {"peakInstances", "instances, most", "", number(outcome.peaks.instances)},
      {"peakVcpus", "vCPUs, most", "", number(outcome.peaks.vcpus)},
      {"cpuPercent", "CPU of environments", "%", percent(outcome.vcpu_hours_used, outcome.vcpu_hours_ready)},
      {"environmentsCrashed", "environments crashed", "", number(outcome.faults.environments_crashed)},
      {"instancesLost", "instances lost", "", number(outcome.faults.instances_lost)},
      {"instanceHours", "instance hours", "h", instance_hours},
      {"instancesUsd", "instances", "USD", cost.instances_usd},
      {"feeUsd", "management fee", "USD", cost.fee_usd},
      {"requestsUsd", "requests", "USD", cost.requests_usd},
      {"usd", "cost of the run", "USD", cost.usd()},
      {"usdPerMonth", "cost of 730 h like it", "USD", cost.usd_per_month},
      {"usdPerMillionCalls", "cost of a million calls", "USD",
       calls.succeeded > 0 ? cost.usd() / number(calls.succeeded) * 1e6 : 0}};
  all.insert(all.end(), rest.begin(), rest.end());
  return all;
}

std::vector<Metric> metrics_of(const FunctionOutcome& function) {
  const Calls& calls = function.calls;
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  std::vector<Metric> all{{"arrived", "calls", "", number(calls.arrived)},
                          {"succeeded", "succeeded", "", number(calls.succeeded)},
                          {"timedOut", "timed out", "", number(calls.timed_out)},
                          {"refused", "refused for good", "", number(calls.refused)},
                          {"lost", "lost in a crash", "", number(calls.lost)}};
  for (std::size_t i = 0; i < reason_names.size(); ++i) {
    const std::string reason = reason_names.at(i);
    all.push_back({"throttles" + reason, reason + "Throttles", "", number(calls.throttles.at(i))});
  }
  const std::vector<Metric> rest{
      {"meanMs", "latency, mean", "ms", function.latency.mean() / 1000},
      {"p50Ms", "p50", "ms", latency(function.latency, 50)},
      {"p99Ms", "p99", "ms", latency(function.latency, 99)},
      {"peakEnvironments", "environments, most", "", number(function.peak_environments)}};
  all.insert(all.end(), rest.begin(), rest.end());
  return all;
}

std::optional<double> metric(const Scenario& scenario, const Outcome& outcome, std::string_view name) {
  if (const auto at = name.find('@'); at != std::string_view::npos) {
    return of_series(outcome, name.substr(0, at), name.substr(at + 1));
  }
  const auto all = metrics_of(scenario, outcome);
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Metric& row) { return row.name == name; });
  return found == all.end() ? std::nullopt : std::optional{found->value};
}

}  // namespace lmi::sizing::simulate
