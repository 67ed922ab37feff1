#include "simulate/read_distribution.hpp"

#include <charconv>
#include <functional>
#include <map>

namespace lmi::sizing::simulate {
namespace {

/// No quantity of a call is longer than a day.
constexpr double longest_ms = 86'400'000;
/// Below it a mean of a continuous distribution is taken for a slip of the unit.
constexpr double shortest_ms = 1e-6;
constexpr double widest_cv = 100;

Distribution read_uniform(const JsonValue& value) {
  JsonObject object{value};
  const double least = object.required("min").number(0, longest_ms);
  const double most = object.required("max").number(least, longest_ms);
  object.finish();
  return Distribution{Distribution::Uniform{least, most}};
}

Distribution read_exponential(const JsonValue& value) {
  JsonObject object{value};
  const double mean = object.required("mean").number(shortest_ms, longest_ms);
  object.finish();
  return Distribution::exponential(mean);
}

Distribution read_lognormal(const JsonValue& value) {
  JsonObject object{value};
  if (object.has("median")) {
    const double median = object.required("median").number(shortest_ms, longest_ms);
    const double p99 = object.required("p99").number(median, longest_ms);
    object.finish();
    return Distribution::lognormal_by_quantiles(median, p99);
  }
  const double mean = object.required("mean").number(shortest_ms, longest_ms);
  const double cv = object.required("cv").number(0, widest_cv);
  object.finish();
  return Distribution::lognormal(mean, cv);
}

Distribution read_gamma(const JsonValue& value) {
  JsonObject object{value};
  const double mean = object.required("mean").number(shortest_ms, longest_ms);
  const double cv = object.required("cv").number(0.01, widest_cv);
  object.finish();
  return Distribution::gamma(mean, cv);
}

Distribution read_percentiles(const JsonValue& value) {
  JsonObject object{value};
  std::map<double, double> points;
  for (const auto& [name, member] : object.all()) {
    double percent = -1;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), percent);
    if (error != std::errc{} || end != name.data() + name.size() || percent < 0 || percent > 100) {
      throw InputError{member.path() + ": expected a percentage from 0 to 100 as the member's name"};
    }
    points[percent / 100] = member.number(0, longest_ms);
  }
  if (points.empty()) value.fail("at least one percentile");
  // What was not measured: below the lowest and above the highest it stays as it is there.
  points.emplace(0, points.begin()->second);
  points.emplace(1, points.rbegin()->second);
  Distribution::Empirical form;
  for (const auto& [quantile, at] : points) {
    if (!form.points.empty() && at < form.points.back().value)
      value.fail("values that grow with the percentage");
    form.points.push_back({quantile, at});
  }
  return Distribution{std::move(form)};
}

Distribution read_histogram(const JsonValue& value) {
  double all = 0;
  double last = 0;
  std::vector<std::pair<double, double>> buckets;
  for (const auto& item : value.items()) {
    JsonObject object{item};
    last = object.required("upToMs").number(last, longest_ms);
    all += object.required("count").number(0, 1e18);
    object.finish();
    buckets.emplace_back(last, all);
  }
  if (all <= 0) value.fail("buckets with a count");
  Distribution::Empirical form{{{0, 0}}};
  for (const auto& [at, count] : buckets) form.points.push_back({count / all, at});
  return Distribution{std::move(form)};
}

const std::map<std::string, std::function<Distribution(const JsonValue&)>, std::less<>> forms{
    {"constant", [](const JsonValue& value) { return Distribution::constant(value.number(0, longest_ms)); }},
    {"uniform", read_uniform},
    {"exponential", read_exponential},
    {"lognormal", read_lognormal},
    {"gamma", read_gamma},
    {"percentiles", read_percentiles},
    {"histogram", read_histogram}};

}  // namespace

Distribution read_distribution(const JsonValue& value) {
  if (value.raw().is_number()) return Distribution::constant(value.number(0, longest_ms));
  if (value.raw().is_object() && value.raw().size() == 1) {
    const auto form = forms.find(value.raw().begin().key());
    if (form != forms.end()) {
      return form->second(JsonObject{value}.required(form->first));
    }
  }
  value.fail(
      "milliseconds, or an object with one of constant, uniform, exponential, lognormal, gamma, "
      "percentiles, histogram");
}

}  // namespace lmi::sizing::simulate
