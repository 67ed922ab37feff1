#pragma once

#include "options.hpp"

#include <CLI/CLI.hpp>

namespace lmi::cli {

/// Adds the command `load`, whose options go to `options`, which outlives `app`.
CLI::App* add_load(CLI::App& app, LoadOptions& options);

}  // namespace lmi::cli
