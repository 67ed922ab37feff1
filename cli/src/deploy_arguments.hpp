#pragma once

#include "options.hpp"

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace lmi::cli {

/// What `lmi deploy` is told.
struct DeployArguments {
  DeployOptions options;
  std::vector<std::string> variables;  ///< KEY=VALUE, as given.
};

/// Adds the command `deploy`; `arguments` outlives `app`.
CLI::App* add_deploy(CLI::App& app, DeployArguments& arguments);

}  // namespace lmi::cli
