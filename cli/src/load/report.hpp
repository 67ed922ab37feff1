#pragma once

#include "load/generator.hpp"

#include <string>

namespace lmi::cli::load {

/// What the report says about the run besides its outcome.
struct RunDescription {
  std::string function;
  std::string pace;  ///< "64 at a time" or "200/s".
  bool open_loop = false;
};

/// Requests a second, of the successful ones.
double throughput(const Outcome& outcome);

/// The result table, for people.
std::string to_text(const RunDescription& run, const Outcome& outcome);

/// One JSON object on one line; latencies in milliseconds.
std::string to_json(const RunDescription& run, const Outcome& outcome);

/// "1234 done, 3 failed, 64 in flight" with a bar.
std::string to_text(const Progress& progress);

}  // namespace lmi::cli::load
