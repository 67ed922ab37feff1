#include "simulate/sweep.hpp"

#include "simulate/metrics.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iomanip>
#include <sstream>
#include <tuple>

namespace lmi::sizing::simulate {
namespace {

using nlohmann::ordered_json;

/// More would run for days by mistake.
constexpr std::size_t most_values = 1000;

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> short_names{{
    {"concurrency", "function.concurrency"},
    {"ratio", "function.gibPerVcpu"},
    {"memory", "function.memoryMb"},
    {"min", "function.minEnvironments"},
    {"max", "function.maxEnvironments"},
    {"target", "provider.cpuTargetPercent"},
    {"seed", "seed"},
}};

std::string member_of(std::string_view name) {
  const auto found = std::find_if(short_names.begin(), short_names.end(),
                                  [&](const auto& pair) { return pair.first == name; });
  return std::string{found == short_names.end() ? name : found->second};
}

std::string short_name(const std::string& member) {
  const auto found = std::find_if(short_names.begin(), short_names.end(),
                                  [&](const auto& pair) { return pair.second == member; });
  return found == short_names.end() ? member : std::string{found->first};
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Whole numbers stay whole: the scenario wants 8 slots, not 8.0.
ordered_json json_number(double value) {
  if (value >= 0 && value == std::floor(value)) return static_cast<std::uint64_t>(value);
  return value;
}

/// "a..b" or "a..b:step".
std::optional<std::vector<ordered_json>> range(std::string_view text) {
  const auto dots = text.find("..");
  const auto colon = std::min(text.find(':', dots), text.size());
  const auto from = number(text.substr(0, dots));
  const auto to = number(text.substr(dots + 2, colon - dots - 2));
  if (!from || !to || *to < *from) return std::nullopt;
  double step = 0;  // by doubling
  if (colon < text.size()) {
    step = number(text.substr(colon + 1)).value_or(0);
    if (step <= 0) return std::nullopt;
  } else if (*from <= 0) {
    return std::nullopt;
  }
  std::vector<ordered_json> values;
  for (double value = *from; value <= *to && values.size() <= most_values;
       value = step > 0 ? value + step : value * 2) {
    values.push_back(json_number(value));
  }
  return values;
}

std::vector<ordered_json> list(std::string_view text) {
  std::vector<ordered_json> values;
  while (true) {
    const auto comma = text.find(',');
    const auto item = text.substr(0, comma);
    auto value = ordered_json::parse(item, nullptr, false);
    values.push_back(value.is_discarded() ? ordered_json(std::string{item}) : std::move(value));
    if (comma == std::string_view::npos) return values;
    text.remove_prefix(comma + 1);
  }
}

/// A member, made when it is not there; of an array, the item of that number ("functions.0.service").
ordered_json& child(ordered_json& parent, const std::string& name) {
  if (parent.is_array()) {
    const auto index = number(name);
    if (index && *index >= 0 && *index < static_cast<double>(parent.size())) {
      return parent[static_cast<std::size_t>(*index)];
    }
  }
  if (!parent.is_object()) parent = ordered_json::object();
  return parent[name];
}

void set_member(ordered_json& scenario, std::string_view member, const ordered_json& value) {
  ordered_json* at = &scenario;
  while (true) {
    const auto dot = member.find('.');
    at = &child(*at, std::string{member.substr(0, dot)});
    if (dot == std::string_view::npos) break;
    member.remove_prefix(dot + 1);
  }
  *at = value;
}

std::string shown(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

Checked<SweepAxis> parse_axis(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size()) {
    return BadInput{"'" + std::string{text} +
                    "': expected NAME=VALUES, e.g. concurrency=4..64 or ratio=2,4,8"};
  }
  const auto values_text = text.substr(equals + 1);
  SweepAxis axis{member_of(text.substr(0, equals)), {}};
  if (values_text.find("..") == std::string_view::npos) {
    axis.values = list(values_text);
    return axis;
  }
  auto values = range(values_text);
  if (!values || values->size() > most_values) {
    return BadInput{"'" + std::string{text} +
                    "': expected a range like 4..64 (doubling, from above 0) or 10..50:10 "
                    "of at most 1000 values"};
  }
  axis.values = std::move(*values);
  return axis;
}

std::vector<Variant> variants(const ordered_json& scenario, std::span<const SweepAxis> axes) {
  std::vector<Variant> all{{"", scenario}};
  for (const auto& axis : axes) {
    std::vector<Variant> next;
    for (const auto& variant : all) {
      for (const auto& value : axis.values) {
        Variant changed = variant;
        changed.label += (changed.label.empty() ? "" : " ") + short_name(axis.member) + '=' + shown(value);
        set_member(changed.scenario, axis.member, value);
        next.push_back(std::move(changed));
      }
    }
    all = std::move(next);
  }
  return all;
}

std::vector<Ranked> rank(std::span<const FinishedRun> runs, const Criteria& criteria) {
  struct Key {
    bool breaks;
    double throttles;
    double usd;
    std::size_t run;
    auto tie() const { return std::make_tuple(breaks, breaks ? throttles : 0.0, usd, run); }
  };
  std::vector<Key> keys;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto value = [&](std::string_view name) {
      return metric(runs[i].scenario, runs[i].outcome, name).value_or(0);
    };
    const bool keeps = value("throttlePercent") <= criteria.most_throttle_percent &&
                       (!criteria.p99_ms || value("p99Ms") <= *criteria.p99_ms);
    keys.push_back({!keeps, value("throttlePercent"), value("usd"), i});
  }
  std::sort(keys.begin(), keys.end(),
            [](const Key& one, const Key& other) { return one.tie() < other.tie(); });
  std::vector<Ranked> ranked;
  for (const auto& key : keys) ranked.push_back({key.run, !key.breaks});
  return ranked;
}

std::string to_ranking_text(std::span<const FinishedRun> runs, std::span<const Ranked> ranked,
                            const Criteria& criteria) {
  std::size_t width = 14;
  for (const FinishedRun& run : runs) width = std::max(width, run.label.size());
  std::ostringstream out;
  out << "By cost, of those with at most " << figure(criteria.most_throttle_percent) << " % throttled";
  if (criteria.p99_ms) out << " and p99 of at most " << figure(*criteria.p99_ms) << " ms";
  out << "; the others below, by throttles.\n\n       " << std::left << std::setw(static_cast<int>(width))
      << "configuration" << std::right;
  for (const char* heading :
       {"USD/month", "throttled %", "p50 ms", "p99 ms", "EEs", "instances", "CPU %", "mode"}) {
    out << std::setw(12) << heading;
  }
  out << '\n';
  std::size_t place = 1;
  for (const auto& [index, keeps] : ranked) {
    const FinishedRun& run = runs[index];
    out << std::setw(4) << (keeps ? std::to_string(place++) + "." : "-") << "   " << std::left
        << std::setw(static_cast<int>(width)) << run.label << std::right;
    for (const char* name : {"usdPerMonth", "throttlePercent", "p50Ms", "p99Ms", "peakEnvironments",
                             "peakInstances", "cpuPercent"}) {
      out << std::setw(12) << figure(metric(run.scenario, run.outcome, name).value_or(0));
    }
    out << std::setw(12) << (run.outcome.mode == Mode::exact ? "exact" : "fluid") << '\n';
  }
  return out.str();
}

}  // namespace lmi::sizing::simulate
