#include "app/emulator.hpp"
#include "app/fleet_parameters.hpp"
#include "app/instance_catalogue.hpp"
#include "arguments.hpp"
#include "deploy.hpp"
#include "fleet.hpp"
#include "invoke.hpp"
#include "load/load.hpp"
#include "logs.hpp"
#include "simulate.hpp"
#include "status.hpp"
#include "terminal.hpp"

#include <exception>
#include <iostream>

namespace {

using namespace lmi::cli;

int to_exit(const Result<ExitCode>& result) {
  return static_cast<int>(result ? *result : report(result.error()));
}

int to_exit(const Result<void>& result) {
  return static_cast<int>(result ? ExitCode::ok : report(result.error()));
}

struct Runner {
  int operator()(const UpOptions& options) const {
    return lmi::emulator::app::run_emulator(options.emulator);
  }
  int operator()(const DeployOptions& options) const { return to_exit(deploy(options)); }
  int operator()(const InvokeOptions& options) const { return to_exit(invoke(options)); }
  int operator()(const LoadOptions& options) const { return to_exit(load::load(options)); }
  int operator()(const LogsOptions& options) const { return to_exit(logs(options)); }
  int operator()(const StatusOptions& options) const { return to_exit(status(options)); }
  int operator()(const FleetParametersOptions& options) const {
    return lmi::emulator::app::show_fleet_parameters(options.file, options.output == OutputFormat::json);
  }
  int operator()(const FleetInstancesOptions& options) const { return to_exit(fleet_instances(options)); }
  int operator()(const LoseInstanceOptions& options) const { return to_exit(lose_instance(options)); }
  int operator()(const SimulateOptions& options) const {
    return to_exit(simulate(options, lmi::emulator::app::built_in_catalogue()));
  }
};

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto parsed = parse_arguments(argc, argv);
    if (const auto* said = std::get_if<ExitCode>(&parsed)) return static_cast<int>(*said);
    return std::visit(Runner{}, std::get<Command>(parsed));
  } catch (const std::exception& bug) {
    std::cerr << "error: " << bug.what() << '\n';
    return static_cast<int>(ExitCode::failed);
  }
}
