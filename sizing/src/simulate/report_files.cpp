#include "simulate/metrics.hpp"
#include "simulate/plot.hpp"
#include "simulate/report.hpp"

#include <nlohmann/json.hpp>

#include <sstream>

namespace lmi::sizing::simulate {
namespace {

using nlohmann::ordered_json;

ordered_json series_json(const Interval& row) {
  ordered_json throttles;
  for (std::size_t i = 0; i < reason_names.size(); ++i) throttles[reason_names.at(i)] = row.throttles.at(i);
  return {{"seconds", seconds(row.begin)}, {"arrived", row.arrived},    {"succeeded", row.succeeded},
          {"timedOut", row.timed_out},     {"throttles", throttles},    {"environments", row.environments},
          {"instances", row.instances},    {"inFlight", row.in_flight}, {"cpuPercent", row.cpu_percent},
          {"p50Ms", row.p50_ms},           {"p99Ms", row.p99_ms}};
}

ordered_json functions_json(const Outcome& outcome) {
  ordered_json all = ordered_json::array();
  for (const auto& function : outcome.functions) {
    ordered_json row{{"name", function.name}};
    for (const auto& metric : metrics_of(function)) row[metric.name] = metric.value;
    all.push_back(std::move(row));
  }
  return all;
}

ordered_json run_json(const FinishedRun& run) {
  const Outcome& outcome = run.outcome;
  ordered_json metrics;
  for (const auto& metric : metrics_of(run.scenario, outcome)) metrics[metric.name] = metric.value;
  ordered_json types = ordered_json::array();
  for (const auto& [type, usage] : outcome.instance_types) {
    types.push_back({{"type", type},
                     {"launched", usage.launched},
                     {"hours", usage.hours},
                     {"usdPerHour", usage.price_known ? ordered_json{usage.usd_per_hour} : ordered_json{}}});
  }
  ordered_json series = ordered_json::array();
  for (const auto& row : outcome.series) series.push_back(series_json(row));
  ordered_json json{{"label", run.label},
                    {"mode", outcome.mode == Mode::exact ? "exact" : "fluid"},
                    {"modeReason", outcome.mode_reason},
                    {"durationSeconds", seconds(outcome.duration)},
                    {"seed", run.scenario.seed},
                    {"secondsToActive", outcome.seconds_to_active},
                    {"metrics", metrics},
                    {"instanceTypes", types},
                    {"intervalSeconds", seconds(outcome.interval)},
                    {"series", series}};
  if (!outcome.functions.empty()) json["functions"] = functions_json(outcome);
  return json;
}

template <class Value>
Plot plot_of(std::span<const FinishedRun> runs, const char* title, const char* unit, Value value) {
  Plot plot{title, unit, {}, {}};
  for (const FinishedRun& run : runs) {
    PlotLine line{run.label, {}};
    for (const auto& row : run.outcome.series)
      line.values.push_back(value(row, seconds(run.outcome.interval)));
    if (run.outcome.series.size() > plot.times.size()) {
      plot.times.clear();
      for (const auto& row : run.outcome.series) plot.times.push_back(seconds(row.begin));
    }
    plot.lines.push_back(std::move(line));
  }
  return plot;
}

Plot throttles_by_reason(const FinishedRun& run) {
  Plot plot{"Throttles by reason", "calls a second", {}, {}};
  for (const auto& row : run.outcome.series) plot.times.push_back(seconds(row.begin));
  for (std::size_t i = 0; i < reason_names.size(); ++i) {
    PlotLine line{reason_names.at(i), {}};
    for (const auto& row : run.outcome.series) {
      line.values.push_back(static_cast<double>(row.throttles.at(i)) / seconds(run.outcome.interval));
    }
    plot.lines.push_back(std::move(line));
  }
  return plot;
}

std::string plots(std::span<const FinishedRun> runs) {
  const auto rate = [](std::uint64_t count, double interval) {
    return static_cast<double>(count) / interval;
  };
  std::string all;
  all += to_svg(plot_of(runs, "Calls that arrive", "a second",
                        [&](const Interval& row, double interval) { return rate(row.arrived, interval); }));
  all += runs.size() == 1
             ? to_svg(throttles_by_reason(runs.front()))
             : to_svg(plot_of(runs, "Throttles", "calls a second", [&](const Interval& row, double interval) {
                 return rate(sum(row.throttles), interval);
               }));
  all += to_svg(plot_of(runs, "Execution environments, ready", "",
                        [](const Interval& row, double) { return row.environments; }));
  all += to_svg(
      plot_of(runs, "Instances, running", "", [](const Interval& row, double) { return row.instances; }));
  all += to_svg(plot_of(runs, "CPU utilisation of environments", "%",
                        [](const Interval& row, double) { return row.cpu_percent; }));
  all +=
      to_svg(plot_of(runs, "Calls in flight", "", [](const Interval& row, double) { return row.in_flight; }));
  all +=
      to_svg(plot_of(runs, "Latency, median", "ms", [](const Interval& row, double) { return row.p50_ms; }));
  all += to_svg(plot_of(runs, "Latency, 99th percentile", "ms",
                        [](const Interval& row, double) { return row.p99_ms; }));
  return all;
}

constexpr const char* page_head = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>
body{font:15px/1.5 system-ui,sans-serif;max-width:820px;margin:2em auto;padding:0 1em;color:#222;background:#fff}
table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .8em;border-bottom:1px solid #ddd;text-align:right}
td:first-child,th:first-child{text-align:left}svg{width:100%;margin:.6em 0;font:12px system-ui,sans-serif}
.grid{stroke:#e4e4e4}.tick{fill:#666;font-size:11px}.title{font-size:13px;font-weight:600;fill:#222}.legend{font-size:11px}
.note{color:#555}
</style>)";

std::string functions_table(const Outcome& outcome) {
  if (outcome.functions.empty()) return {};
  std::ostringstream out;
  out << "<table><tr><th>function</th>";
  for (const auto& metric : metrics_of(outcome.functions.front())) {
    out << "<th>" << escape_html(metric.label) << (metric.unit.empty() ? "" : ", " + metric.unit) << "</th>";
  }
  out << "</tr>";
  for (const auto& function : outcome.functions) {
    out << "<tr><td>" << escape_html(function.name) << "</td>";
    for (const auto& metric : metrics_of(function)) out << "<td>" << figure(metric.value) << "</td>";
    out << "</tr>";
  }
  out << "</table>";
  return out.str();
}

}  // namespace

std::string to_json(std::span<const FinishedRun> runs) {
  ordered_json all = ordered_json::array();
  for (const FinishedRun& run : runs) all.push_back(run_json(run));
  return ordered_json{{"runs", all}}.dump(1, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

std::string to_csv(const FinishedRun& run) {
  std::ostringstream out;
  out << "seconds,arrived,succeeded,timed_out,throttles_concurrency,throttles_cpu,throttles_memory,throttles_"
         "disk,"
         "environments,instances,in_flight,cpu_percent,p50_ms,p99_ms\n";
  for (const auto& row : run.outcome.series) {
    out << seconds(row.begin) << ',' << row.arrived << ',' << row.succeeded << ',' << row.timed_out;
    for (const auto count : row.throttles) out << ',' << count;
    out << ',' << row.environments << ',' << row.instances << ',' << row.in_flight << ',' << row.cpu_percent
        << ',' << row.p50_ms << ',' << row.p99_ms << '\n';
  }
  return out.str();
}

std::string to_html(std::span<const FinishedRun> runs) {
  std::ostringstream out;
  const std::string title = runs.size() == 1 ? runs.front().label : "Comparison";
  out << page_head << "<title>" << escape_html(title) << "</title></head><body><h1>" << escape_html(title)
      << "</h1>";
  if (runs.size() == 1) out << "<p>" << escape_html(runs.front().scenario.description) << "</p>";
  out << plots(runs) << "<table><tr><th>metric</th>";
  for (const FinishedRun& run : runs) out << "<th>" << escape_html(run.label) << "</th>";
  out << "</tr>";
  std::vector<std::vector<Metric>> columns;
  for (const FinishedRun& run : runs) columns.push_back(metrics_of(run.scenario, run.outcome));
  for (std::size_t row = 0; row < columns.front().size(); ++row) {
    const auto& first = columns.front()[row];
    out << "<tr><td>" << escape_html(first.label) << (first.unit.empty() ? "" : ", " + first.unit) << "</td>";
    for (const auto& column : columns) out << "<td>" << figure(column[row].value) << "</td>";
    out << "</tr>";
  }
  out << "</table>";
  for (const FinishedRun& run : runs) {
    out << functions_table(run.outcome) << "<p class=\"note\">" << escape_html(run.label) << ": "
        << (run.outcome.mode == Mode::exact ? "exact" : "fluid") << " mode ("
        << escape_html(run.outcome.mode_reason) << "); instances:";
    for (const auto& [type, usage] : run.outcome.instance_types) {
      out << ' ' << usage.launched << " &times; " << escape_html(type) << ", " << figure(usage.hours)
          << " h;";
    }
    out << "</p>";
  }
  out << "<p class=\"note\">A prediction of a model, not a measurement on AWS: docs/simulate.md says what it "
         "rests on."
         "</p></body></html>\n";
  return out.str();
}

}  // namespace lmi::sizing::simulate
