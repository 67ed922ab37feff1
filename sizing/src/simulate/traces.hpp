#pragma once

#include "simulate/arrival.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lmi::sizing::simulate {

/// Calls counted in intervals of the same length, the first at the beginning.
struct Counts {
  double interval_seconds = 1;
  std::vector<double> calls;
};

/// A CSV of counts: one row an interval, the count in the column `column` (from 0; negative: the last). A
/// first row that is no number is taken for the heading. Throws InputError with the line.
std::vector<double> read_csv_counts(const std::string& file, int column);

/// An access log: lines of the common or combined format ([10/Oct/2000:13:55:36 -0700]), or JSON objects with
/// a time in timestamp, time, @timestamp or ts (ISO 8601, or seconds or milliseconds since 1970). Counts by
/// second from the first line's. Throws InputError with the line.
Counts read_access_log(const std::string& file);

RateCurve to_curve(const Counts& counts, double scale);

}  // namespace lmi::sizing::simulate
