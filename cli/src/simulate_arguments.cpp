#include "simulate_arguments.hpp"

#include "connection_arguments.hpp"

#include <map>
#include <string>

namespace lmi::cli {
namespace {

using sizing::simulate::ModeChoice;

const std::map<std::string, ModeChoice> modes{
    {"auto", ModeChoice::automatic}, {"exact", ModeChoice::exact}, {"fluid", ModeChoice::fluid}};

constexpr const char* footer = R"(
Examples:
  lmi simulate shop.json --html report.html
  lmi simulate shop.json --compare bigger.json
  lmi simulate shop.json --sweep concurrency=4..64 --sweep ratio=2,4,8 --p99 200
  lmi simulate --validate sizing/scenarios/published/*.json

A range a..b doubles (4, 8, 16 …), a..b:s goes by steps of s. Names: concurrency, ratio, memory, min, max,
target, seed, or the path of any member (retries.attempts, fleet.scaling_policy). See docs/simulate.md.)";

}  // namespace

CLI::App* add_simulate(CLI::App& app, SimulateOptions& options) {
  auto* command =
      app.add_subcommand("simulate", "Predict throttles, latency, scaling and cost of a workload");
  command->add_option("scenarios", options.scenarios, "Scenario files; several are shown side by side")
      ->type_name("FILE");
  command
      ->add_option_function<std::vector<std::string>>(
          "--compare",
          [&options](const std::vector<std::string>& files) {
            options.scenarios.insert(options.scenarios.end(), files.begin(), files.end());
          },
          "More scenario files to show beside the first")
      ->type_name("FILE");
  command
      ->add_option_function<std::string>(
          "--mode",
          [&options](const std::string& text) {
            const auto mode = modes.find(text);
            if (mode == modes.end())
              throw CLI::ValidationError{"--mode", "'" + text + "' is none of auto, exact, fluid"};
            options.mode = mode->second;
          },
          "exact follows every call, fluid mean values; auto: by their number [auto]")
      ->type_name("auto|exact|fluid");
  command
      ->add_option("--set", options.settings, "NAME=VALUE: changes a member of the scenario; may be repeated")
      ->type_name("NAME=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  command
      ->add_option("--sweep", options.sweeps,
                   "NAME=VALUES: runs all combinations and ranks them; may be repeated")
      ->type_name("NAME=VALUES")
      ->take_all()
      ->allow_extra_args(false);
  command
      ->add_option("--p99", options.p99_ms,
                   "Ranking: the 99th percentile of latency a configuration has to keep")
      ->type_name("MS")
      ->check(CLI::PositiveNumber.description(""));
  command
      ->add_option("--throttled", options.most_throttle_percent,
                   "Ranking: the share of throttled attempts that is allowed")
      ->type_name("PERCENT")
      ->check(CLI::Range(0.0, 100.0).description(""))
      ->capture_default_str();
  command->add_flag("--validate", options.validate,
                    "Show the published figures of the scenarios beside the predicted");
  add_output(*command, options.output);
  command->add_option("--html", options.html, "Also write a page with plots")->type_name("FILE");
  command->add_option("--json", options.json, "Also write the JSON output")->type_name("FILE");
  command->add_option("--csv", options.csv, "Also write the time series of the run")->type_name("FILE");
  command->add_option("--markdown", options.markdown, "With --validate: also write the tables")
      ->type_name("FILE");
  command->callback([command, &options] {
    if (options.scenarios.empty()) throw CLI::RequiredError{command->get_name() + ": a scenario file"};
  });
  command->footer(footer);
  return command;
}

}  // namespace lmi::cli
