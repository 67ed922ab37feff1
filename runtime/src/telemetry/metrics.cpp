#include "lmi/metrics.hpp"

#include "core/json_text.hpp"
#include "telemetry/emf.hpp"
#include "telemetry/json_number.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace lmi {
namespace {

using telemetry::emf_dimensions;
using telemetry::emf_members_size;

constexpr std::string_view cold_start_name = "ColdStart";
constexpr std::string_view duration_name = "Duration";
constexpr std::string_view errors_name = "Errors";
constexpr std::string_view request_id_name = "requestId";  // as in the log lines

[[noreturn]] void refuse(std::string_view what, std::string_view name, std::string_view problem) {
  constexpr std::size_t shown = 100;
  throw std::invalid_argument{std::string{what} + " \"" + std::string{name.substr(0, shown)} + "\" " +
                              std::string{problem}};
}

void check(std::string_view what, std::string_view name, std::string_view problem) {
  if (!problem.empty()) refuse(what, name, problem);
}

std::string json_string(std::string_view text) {
  std::string json{"\""};
  core::append_json_text(json, text);
  json.push_back('"');
  return json;
}

template <class Named>
auto find(std::vector<Named>& all, std::string_view name) {
  return std::find_if(all.begin(), all.end(), [name](const Named& each) {
    if constexpr (requires { each.name; }) {
      return each.name == name;
    } else {
      return each.key == name;
    }
  });
}

template <class Named>
bool has(std::vector<Named>& all, std::string_view name) {
  return find(all, name) != all.end();
}

/// Sets a member of the line and keeps count of the bytes.
void set_member(std::vector<detail::EmfMember>& members, std::size_t& total, std::string_view key,
                std::string json) {
  const auto found = find(members, key);
  const auto known = found != members.end();
  const auto size = total + json.size() + (known ? 0 : 2 * key.size()) - (known ? found->json.size() : 0);
  if (size > emf_members_size)
    refuse("key", key, "takes the dimensions and properties of this invocation beyond 32 KiB");
  total = size;
  if (known) {
    found->json = std::move(json);
  } else {
    members.push_back({.key = std::string{key}, .json = std::move(json)});
  }
}

}  // namespace

detail::EmfMetric& Metrics::metric(std::string_view name, Unit unit, Resolution resolution) {
  if (const auto found = find(metrics_, name); found != metrics_.end()) {
    if (found->unit != unit) refuse("metric", name, "already has another unit");
    if (found->resolution != resolution) refuse("metric", name, "already has another resolution");
    return *found;
  }
  check("metric", name, telemetry::emf_metric_name_problem(name));
  if (has(dimensions_, name)) refuse("metric", name, "has the name of a dimension");
  if (has(properties_, name)) refuse("metric", name, "has the name of a property");
  return metrics_.emplace_back(detail::EmfMetric{std::string{name}, unit, resolution, {}});
}

void Metrics::define(std::string_view name, Unit unit) {
  const std::lock_guard lock{mutex_};
  metric(name, unit, Resolution::minute);
}

void Metrics::add(std::string_view name, double value, Unit unit, Resolution resolution) {
  if (!std::isfinite(value)) refuse("metric", name, "was given a value that is not a finite number");
  if (std::abs(value) > telemetry::emf_largest_value)
    refuse("metric", name, "was given a value beyond 2^360");
  const std::lock_guard lock{mutex_};
  metric(name, unit, resolution).values.push_back(value);
}

void Metrics::set_dimension(std::string_view key, std::string_view value) {
  check("dimension", key, telemetry::emf_dimension_name_problem(key));
  check("dimension", key, telemetry::emf_dimension_value_problem(value));
  const std::lock_guard lock{mutex_};
  if (has(metrics_, key)) refuse("dimension", key, "has the name of a metric");
  if (has(properties_, key)) refuse("dimension", key, "has the name of a property");
  if (dimensions_.size() == emf_dimensions && !has(dimensions_, key))
    refuse("dimension", key, "is one more than the 30 allowed");
  set_member(dimensions_, members_size_, key, json_string(value));
}

void Metrics::set_property_json(std::string_view key, std::string json) {
  check("property", key, telemetry::emf_metric_name_problem(key));
  const std::lock_guard lock{mutex_};
  if (has(metrics_, key)) refuse("property", key, "has the name of a metric");
  if (has(dimensions_, key)) refuse("property", key, "has the name of a dimension");
  set_member(properties_, members_size_, key, std::move(json));
}

void Metrics::set_property(std::string_view key, std::string_view value) {
  set_property_json(key, json_string(value));
}
void Metrics::set_property(std::string_view key, std::int64_t value) {
  set_property_json(key, std::to_string(value));
}
void Metrics::set_property(std::string_view key, double value) {
  if (!std::isfinite(value)) refuse("property", key, "was given a value that is not a finite number");
  std::string json;
  telemetry::append_json_number(json, value);
  set_property_json(key, std::move(json));
}
void Metrics::set_property(std::string_view key, bool value) {
  set_property_json(key, value ? "true" : "false");
}

EmfMetrics::EmfMetrics(EmfOptions options) : options_{std::move(options)} {
  check("name space", options_.name_space, telemetry::emf_name_space_problem(options_.name_space));
  Metrics trial;
  for (const auto& [key, value] : options_.dimensions) {
    if (has(trial.dimensions_, key)) refuse("dimension", key, "is there twice");
    trial.set_dimension(key, value);
  }
}

Decision EmfMetrics::before(const RawEvent& /*event*/, Context& context) {
  auto& metrics = of(context);
  metrics.started_ = std::chrono::steady_clock::now();
  for (const auto& [key, value] : options_.dimensions) metrics.set_dimension(key, value);
  if (const auto id = context.request_id(); !id.empty()) metrics.set_property(request_id_name, id);
  // Claimed now: a handler that uses one of these names for something else hears of it in its own call.
  if (options_.cold_start && cold_.load(std::memory_order_relaxed) && cold_.exchange(false))
    metrics.add(cold_start_name, 1, Unit::count);
  if (options_.duration) metrics.define(duration_name, Unit::milliseconds);
  if (options_.errors) metrics.define(errors_name, Unit::count);
  return go_on;
}

void EmfMetrics::after(Context& context, Completion& completion) {
  auto& metrics = of(context);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - metrics.started_;
  if (options_.duration) metrics.add(duration_name, took.count(), Unit::milliseconds);
  if (options_.errors) metrics.add(errors_name, completion.error() != nullptr ? 1 : 0, Unit::count);

  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::lock_guard lock{metrics.mutex_};
  telemetry::format_emf({.name_space = options_.name_space,
                         .timestamp_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count(),
                         .dimensions = metrics.dimensions_,
                         .properties = metrics.properties_,
                         .metrics = metrics.metrics_},
                        [&context](std::string_view line) { detail::write_line(context, line); });
}

}  // namespace lmi
