#pragma once

#include "simulate/outcome.hpp"
#include "simulate/scenario.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::sizing::simulate {

/// One figure of a run, by the name that scenario files, JSON output, tables and rankings use.
struct Metric {
  std::string name;
  std::string label;  ///< For tables.
  std::string unit;   ///< "", "ms", "%", "USD", …
  double value = 0;
};

/// All of them, in the order of tables.
std::vector<Metric> metrics_of(const Scenario& scenario, const Outcome& outcome);
/// Of one of several functions.
std::vector<Metric> metrics_of(const FunctionOutcome& function);

/// A metric of the whole run ("p99Ms"), or of a part of it: "environments@600" is the level of the series at
/// that second, "throttles@0-60" the sum, or of levels the mean, of the intervals that begin in [0, 60).
/// Absent: there is no such metric.
std::optional<double> metric(const Scenario& scenario, const Outcome& outcome, std::string_view name);

}  // namespace lmi::sizing::simulate
