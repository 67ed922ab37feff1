#include "arguments.hpp"

#include "connection_arguments.hpp"
#include "deploy_arguments.hpp"
#include "fleet_arguments.hpp"
#include "load/load_arguments.hpp"
#include "simulate_arguments.hpp"
#include "up_arguments.hpp"

#include <CLI/CLI.hpp>
#include <string>

namespace lmi::cli {
namespace {

constexpr const char* main_help = R"(
Examples:
  lmi up                                             a local Lambda on http://127.0.0.1:9400
  lmi deploy build/release/bin/hello --concurrency 8
  lmi invoke hello --payload '{"name":"Ada"}'
  lmi load hello --concurrency 64 --requests 10000
  lmi load hello --rate 200 --duration 30
  lmi logs -f hello
  lmi simulate sizing/scenarios/shop.json --html report.html

Exit codes: 0 ok; 1 what was asked for failed; 2 wrong usage, nothing was done.)";

/// The command that was meant, as far as it was understood: "lmi", "lmi up", "lmi fleet".
const CLI::App& deepest(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : deepest(*chosen.front());
}

std::string full_name(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : full_name(*app.get_parent()) + ' ' + app.get_name();
}

std::string names_of_commands(const CLI::App& app) {
  std::string names;
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
    names += (names.empty() ? "" : ", ") + each->get_name();
  return names;
}

/// What was wrong with the command line and where to read how it is right.
std::string explain(const CLI::App* app, const CLI::Error& error) {
  const CLI::App& command = deepest(*app);
  std::string what = error.what();
  if (command.get_require_subcommand_min() > 0) {
    // CLI11 says of a mistyped command only that one is required.
    const auto words = command.remaining();
    what = words.empty() || words.front().front() == '-'
               ? "a command is missing: " + names_of_commands(command)
               : "there is no command '" + words.front() + "', only " + names_of_commands(command);
    if (!words.empty() && words.front().front() == '-')
      what = "there is no option '" + words.front() + "' here, and " + what;
  }
  return "error: " + what + "\n  to do: `" + full_name(command) + " --help` shows how it is meant\n";
}

/// The program's parser and where it puts what it reads. The options of every command live here until one was
/// chosen.
class Parser {
 public:
  Parser() {
    app_.set_version_flag("--version", "lmi " LMI_VERSION);
    app_.footer(main_help);
    app_.require_subcommand(1);
    app_.failure_message(explain);
    up_command_ = add_up(app_, up_);
    deploy_command_ = add_deploy(app_, deploy_);
    add_invoke();
    load_command_ = add_load(app_, load_);
    add_logs();
    add_status();
    fleet_commands_ = add_fleet(app_, fleet_);
    simulate_command_ = add_simulate(app_, simulate_);
  }

  std::variant<Command, ExitCode> parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& stop) {
      return app_.exit(stop) == 0 ? ExitCode::ok : ExitCode::usage;
    }
    if (up_command_->parsed()) return Command{up_.options};
    if (deploy_command_->parsed()) return Command{deploy_.options};
    if (invoke_command_->parsed()) return Command{invoke_};
    if (load_command_->parsed()) return Command{load_};
    if (logs_command_->parsed()) return Command{logs_};
    if (fleet_commands_.parameters->parsed()) return Command{fleet_.parameters};
    if (fleet_commands_.instances->parsed()) return Command{fleet_.instances};
    if (fleet_commands_.lose_instance->parsed()) return Command{fleet_.lose_instance};
    if (simulate_command_->parsed()) return Command{simulate_};
    return Command{status_};
  }

 private:
  void add_invoke();
  void add_logs();
  void add_status();

  CLI::App app_{
      "AWS Lambda Managed Instances on this machine: run, deploy to, invoke, load and watch functions",
      "lmi"};
  UpArguments up_;
  DeployArguments deploy_;
  InvokeOptions invoke_;
  LoadOptions load_;
  LogsOptions logs_;
  StatusOptions status_;
  FleetOptions fleet_;
  SimulateOptions simulate_;
  CLI::App* up_command_ = nullptr;
  CLI::App* deploy_command_ = nullptr;
  CLI::App* invoke_command_ = nullptr;
  CLI::App* load_command_ = nullptr;
  CLI::App* logs_command_ = nullptr;
  FleetCommands fleet_commands_;
  CLI::App* simulate_command_ = nullptr;
};

void Parser::add_invoke() {
  auto* command = app_.add_subcommand("invoke", "Invoke a function once and print its answer");
  invoke_command_ = command;
  add_connection(*command, invoke_.connection);
  command->add_option("function", invoke_.function, "Function name")->required();
  command->add_option("--payload", invoke_.payload, "The event: JSON, @FILE, or - for standard input")
      ->type_name("EVENT")
      ->capture_default_str();
  command->add_option("--qualifier", invoke_.qualifier, "Version or alias [$LATEST.PUBLISHED]")
      ->type_name("NAME");
  command->footer(
      "\nExamples:\n  lmi invoke hello --payload '{\"name\":\"Ada\"}'\n"
      "  lmi invoke thumbnail --payload @event.json --output json");
}

void Parser::add_logs() {
  auto* command = app_.add_subcommand("logs", "Print the log lines of a function or a capacity provider");
  logs_command_ = command;
  add_connection(*command, logs_.connection);
  command
      ->add_option(
          "function", logs_.function,
          "Function name, or a log group: /aws/lambda/capacity-provider/NAME has what became of instances")
      ->required();
  command->add_flag("--group", logs_.is_log_group, "The name is a log group though it has no '/'");
  auto* follow = command->add_flag("-f,--follow", logs_.follow, "Print new lines as they come, until Ctrl-C");
  command->add_flag("--since-start", logs_.since_start, "With -f: first all that is stored")->needs(follow);
  command->footer(
      "\nExamples:\n  lmi logs hello                    what is stored, then ends\n"
      "  lmi logs -f hello                 what comes from now on\n"
      "  lmi logs /aws/lambda/capacity-provider/default\n\n"
      "Lines of the platform begin with `platform:`; with --output json each line is an object.");
}

void Parser::add_status() {
  auto* command = app_.add_subcommand("status", "Show the emulator's execution environments");
  add_connection(*command, status_.connection);
  command->add_option("function", status_.function, "Only this function's");
}

}  // namespace

std::variant<Command, ExitCode> parse_arguments(int argc, const char* const* argv) {
  return Parser{}.parse(argc, argv);
}

}  // namespace lmi::cli
