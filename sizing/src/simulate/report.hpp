#pragma once

#include "simulate/outcome.hpp"
#include "simulate/scenario.hpp"

#include <span>
#include <string>

namespace lmi::sizing::simulate {

/// One configuration that was run.
struct FinishedRun {
  std::string label;  ///< Of the column or line; the scenario's name, or what a sweep changed.
  Scenario scenario;
  Outcome outcome;
};

/// For people: one column a run.
std::string to_text(std::span<const FinishedRun> runs);

/// One JSON document: metrics, latency, instance types, series of each run. Holds nothing that differs
/// between two runs of the same scenario and seed.
std::string to_json(std::span<const FinishedRun> runs);

/// The series of one run: a row an interval.
std::string to_csv(const FinishedRun& run);

/// A page that needs nothing else: tables and plots.
std::string to_html(std::span<const FinishedRun> runs);

/// Predicted beside published, with the error, for the runs that have published figures.
std::string to_validation_text(std::span<const FinishedRun> runs);
/// The same as Markdown, for bench/results.
std::string to_validation_markdown(std::span<const FinishedRun> runs);

/// A figure as tables show it.
std::string figure(double value);

}  // namespace lmi::sizing::simulate
