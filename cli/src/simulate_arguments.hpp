#pragma once

#include "options.hpp"

#include <CLI/CLI.hpp>

namespace lmi::cli {

/// Adds the command `simulate`, whose options go to `options`, which outlives `app`.
CLI::App* add_simulate(CLI::App& app, SimulateOptions& options);

}  // namespace lmi::cli
