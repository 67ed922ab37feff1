#pragma once

#include "options.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>

namespace lmi::cli {

/// Where `lmi up` keeps its state when not told: $XDG_STATE_HOME/lmi/state.db, else
/// ~/.local/state/lmi/state.db.
std::filesystem::path default_state_file();

/// What `lmi up` is told.
struct UpArguments {
  UpOptions options;
  OutputFormat output = OutputFormat::text;
};

/// Adds the command `up`; `arguments` outlives `app`.
CLI::App* add_up(CLI::App& app, UpArguments& arguments);

}  // namespace lmi::cli
