#pragma once

#include "options.hpp"

namespace CLI {
class App;
}

namespace lmi::cli {

/// What the commands under `lmi fleet` are told.
struct FleetOptions {
  FleetParametersOptions parameters;
  FleetInstancesOptions instances;
  LoseInstanceOptions lose_instance;
};

/// The commands themselves; they live as long as the parser.
struct FleetCommands {
  CLI::App* parameters = nullptr;
  CLI::App* instances = nullptr;
  CLI::App* lose_instance = nullptr;
};

/// Adds `lmi fleet`; `options` is filled when it is parsed and must live until then.
FleetCommands add_fleet(CLI::App& app, FleetOptions& options);

}  // namespace lmi::cli
