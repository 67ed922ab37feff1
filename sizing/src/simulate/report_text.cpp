#include "simulate/metrics.hpp"
#include "simulate/report.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>

namespace lmi::sizing::simulate {
namespace {

std::string mode_name(Mode mode) {
  return mode == Mode::exact ? "exact" : "fluid";
}

/// Letters on a terminal: UTF-8's continuation bytes take no room.
std::size_t shown_width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

void pad(std::ostringstream& out, const std::string& text, std::size_t width, bool to_right) {
  const std::string gap(width > shown_width(text) ? width - shown_width(text) : 0, ' ');
  out << (to_right ? gap + text : text + gap);
}

std::string published_row(const FinishedRun& run, const Published& published, std::string_view separator) {
  const auto predicted = metric(run.scenario, run.outcome, published.metric);
  std::ostringstream out;
  out << published.metric << separator << figure(published.value) << separator;
  if (!predicted) {
    out << "no such metric" << separator << separator;
  } else {
    out << figure(*predicted) << separator;
    if (published.value != 0) {
      const double error = 100 * (*predicted - published.value) / std::abs(published.value);
      out << (error > 0 ? "+" : "") << figure(std::abs(error) < 0.05 ? 0 : error) << " %";
    } else {
      out << (*predicted == 0 ? "0" : figure(*predicted) + " too many");
    }
    out << separator;
  }
  out << published.note;
  return out.str();
}

/// One line a function; what is 0 for all of them is left out.
void add_functions(std::ostringstream& out, const Outcome& outcome) {
  if (outcome.functions.empty()) return;
  std::vector<std::vector<Metric>> lines;
  std::size_t name_width = 0;
  for (const auto& function : outcome.functions) {
    lines.push_back(metrics_of(function));
    name_width = std::max(name_width, shown_width(function.name));
  }
  out << '\n';
  for (std::size_t i = 0; i < lines.size(); ++i) {
    out << "  ";
    pad(out, outcome.functions[i].name, name_width, false);
    for (std::size_t column = 0; column < lines[i].size(); ++column) {
      const bool said =
          std::any_of(lines.begin(), lines.end(), [&](const auto& line) { return line[column].value != 0; });
      const Metric& metric = lines[i][column];
      if (said)
        out << "  " << metric.label << ' ' << figure(metric.value)
            << (metric.unit.empty() ? "" : " " + metric.unit);
    }
    out << '\n';
  }
}

}  // namespace

std::string figure(double value) {
  std::ostringstream out;
  if (value == std::floor(value) && std::abs(value) < 1e15) {
    out << static_cast<long long>(value);
  } else if (std::abs(value) >= 1000) {
    out << std::fixed << std::setprecision(0) << value;
  } else if (std::abs(value) >= 100) {
    out << std::fixed << std::setprecision(1) << value;
  } else {
    out << std::setprecision(3) << value;
  }
  return out.str();
}

std::string to_text(std::span<const FinishedRun> runs) {
  constexpr std::size_t label_width = 26;
  std::ostringstream out;
  std::vector<std::size_t> widths;
  for (const FinishedRun& run : runs) widths.push_back(std::max<std::size_t>(12, shown_width(run.label)) + 2);

  if (runs.size() == 1) {
    out << runs.front().label << ", " << figure(seconds(runs.front().outcome.duration)) << " s simulated\n";
  } else {
    pad(out, "", label_width + 2, false);
    for (std::size_t i = 0; i < runs.size(); ++i) pad(out, runs[i].label, widths[i], true);
    out << '\n';
  }
  const auto rows = metrics_of(runs.front().scenario, runs.front().outcome);
  std::vector<std::vector<Metric>> columns;
  for (const FinishedRun& run : runs) columns.push_back(metrics_of(run.scenario, run.outcome));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    out << "  ";
    pad(out, rows[row].label + (rows[row].unit.empty() ? "" : ", " + rows[row].unit), label_width, false);
    for (std::size_t i = 0; i < runs.size(); ++i) pad(out, figure(columns[i][row].value), widths[i], true);
    out << '\n';
  }
  for (const FinishedRun& run : runs) {
    add_functions(out, run.outcome);
    out << "\n  " << (runs.size() == 1 ? "" : run.label + ": ") << mode_name(run.outcome.mode) << " mode ("
        << run.outcome.mode_reason << ")\n  instances:";
    for (const auto& [type, usage] : run.outcome.instance_types) {
      out << "  " << usage.launched << " x " << type << ", " << figure(usage.hours) << " h";
      if (!usage.price_known) out << " (price not known: cost is too low)";
    }
    out << '\n';
  }
  return out.str();
}

std::string to_validation_text(std::span<const FinishedRun> runs) {
  std::ostringstream out;
  for (const FinishedRun& run : runs) {
    if (run.scenario.published.empty()) continue;
    out << run.label << " (" << mode_name(run.outcome.mode) << ")\n  source: " << run.scenario.source << '\n';
    for (const auto& published : run.scenario.published) {
      const auto predicted = metric(run.scenario, run.outcome, published.metric);
      out << "  ";
      pad(out, published.metric, 24, false);
      out << "published ";
      pad(out, figure(published.value), 9, true);
      out << "   predicted ";
      pad(out, predicted ? figure(*predicted) : "none", 9, true);
      if (predicted && published.value != 0) {
        const double error = 100 * (*predicted - published.value) / std::abs(published.value);
        pad(out, (error > 0 ? "+" : "") + figure(std::round(error * 10) / 10) + " %", 12, true);
      } else {
        pad(out, "", 12, true);
      }
      out << "   " << published.note << '\n';
    }
    out << '\n';
  }
  return out.str();
}

std::string to_validation_markdown(std::span<const FinishedRun> runs) {
  std::ostringstream out;
  for (const FinishedRun& run : runs) {
    if (run.scenario.published.empty()) continue;
    out << "### " << run.label << "\n\n"
        << run.scenario.description << "\n\nSource: " << run.scenario.source
        << "\n\n| metric | published | predicted | error | note |\n|---|---:|---:|---:|---|\n";
    for (const auto& published : run.scenario.published)
      out << "| " << published_row(run, published, " | ") << " |\n";
    out << '\n';
  }
  return out.str();
}

}  // namespace lmi::sizing::simulate
