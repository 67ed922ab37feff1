#include "fleet_arguments.hpp"

#include "connection_arguments.hpp"

#include <CLI/CLI.hpp>
#include <string>

namespace lmi::cli {

FleetCommands add_fleet(CLI::App& app, FleetOptions& options) {
  FleetCommands commands;
  auto* fleet = app.add_subcommand("fleet", "What the emulator's fleet goes by, and its instances");
  fleet->require_subcommand(1);
  auto* command =
      fleet->add_subcommand("parameters", "Show every fleet parameter: value, range, evidence and source");
  commands.parameters = command;
  command
      ->add_option("--fleet-parameters", options.parameters.file,
                   "Show them as `lmi up` would have them with this file")
      ->type_name("FILE");
  add_output(*command, options.parameters.output);
  command->footer(
      "\nExample:\n  echo '{\"profile\": \"aws\", \"routing\": \"pack\"}' > fleet.json\n"
      "  lmi fleet parameters --fleet-parameters fleet.json\n"
      "  lmi up --fleet-parameters fleet.json --time-scale 60");

  commands.instances = fleet->add_subcommand("instances", "Show the instances of every capacity provider");
  add_connection(*commands.instances, options.instances.connection);

  commands.lose_instance = fleet->add_subcommand(
      "lose-instance", "Let an instance die with everything on it, to see what your callers are told");
  add_connection(*commands.lose_instance, options.lose_instance.connection);
  commands.lose_instance
      ->add_option("instance", options.lose_instance.instance, "Its id; see: lmi fleet instances")
      ->required()
      ->check([](const std::string& id) {
        const bool good =
            !id.empty() && id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
        return good ? std::string{} : std::string{"an instance's id is like i-0123456789abcdef0"};
      });
  return commands;
}

}  // namespace lmi::cli
