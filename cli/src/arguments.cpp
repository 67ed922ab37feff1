#include "arguments.hpp"

#include "connection_arguments.hpp"
#include "fleet_arguments.hpp"
#include "simulate_arguments.hpp"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

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

/// Refuses what is outside; its name in the help is the option's, not the range.
template <class Number>
CLI::Validator between(Number lowest, Number highest) {
  return CLI::Range(lowest, highest).description("");
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read before any thread is started
  return value == nullptr ? std::string{} : std::string{value};
}

void take_sinks(const std::vector<std::string>& texts, emulator::events::SinkMap& sinks) {
  for (const std::string& text : texts) {
    auto sink = emulator::events::parse_sink(text);
    if (!sink)
      throw CLI::ValidationError{"--sink", "'" + text + "' is neither ARN=http://… nor ARN=file:PATH"};
    sinks.insert_or_assign(sink->first, std::move(sink->second));
  }
}

/// An option that names a server.
void add_url(CLI::App& command, const std::string& name, std::optional<emulator::http::Url>& url,
             const std::string& help) {
  command
      .add_option_function<std::string>(
          name,
          [name, &url](const std::string& text) {
            url = emulator::http::parse_url(text);
            if (!url) throw CLI::ValidationError{name, "'" + text + "' is no http:// URL"};
          },
          help)
      ->type_name("URL");
}

/// The program's parser and where it puts what it reads. The options of every command live here until one was
/// chosen.
class Parser {
 public:
  Parser() {
    app_.set_version_flag("--version", "lmi " LMI_VERSION);
    app_.footer(main_help);
    app_.require_subcommand(1);
    add_up();
    add_deploy();
    add_invoke();
    add_load();
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
    if (up_command_->parsed()) return Command{up_};
    if (deploy_command_->parsed()) return finish_deploy();
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
  void add_up();
  void add_deploy();
  void add_invoke();
  void add_load();
  void add_logs();
  void add_status();
  std::variant<Command, ExitCode> finish_deploy();

  CLI::App app_{
      "AWS Lambda Managed Instances on this machine: run, deploy to, invoke, load and watch functions",
      "lmi"};
  UpOptions up_;
  DeployOptions deploy_;
  std::vector<std::string> deploy_variables_;
  InvokeOptions invoke_;
  LoadOptions load_;
  LogsOptions logs_;
  StatusOptions status_;
  FleetOptions fleet_;
  SimulateOptions simulate_;
  OutputFormat up_output_ = OutputFormat::text;
  CLI::App* up_command_ = nullptr;
  CLI::App* deploy_command_ = nullptr;
  CLI::App* invoke_command_ = nullptr;
  CLI::App* load_command_ = nullptr;
  CLI::App* logs_command_ = nullptr;
  FleetCommands fleet_commands_;
  CLI::App* simulate_command_ = nullptr;
};

void Parser::add_up() {
  auto* command = app_.add_subcommand("up", "Run the emulator until Ctrl-C");
  up_command_ = command;
  auto& config = up_.emulator;
  config.state_file = default_state_file();
  command->add_option("--port", config.port, "Port to listen on; 0: any free one")
      ->type_name("PORT")
      ->check(between(0U, 65'535U))
      ->capture_default_str();
  command
      ->add_option("--bind", config.address,
                   "Address to listen on; any but loopback demands --verify-signatures and --credentials")
      ->type_name("ADDRESS")
      ->capture_default_str();
  command->add_flag("--verify-signatures", config.verify_signatures,
                    "Check each request's AWS signature, not only its form");
  command
      ->add_option("--credentials", config.credentials_file,
                   "Keys to check signatures with, in the form of ~/.aws/credentials [the key test/test]")
      ->type_name("FILE");
  command
      ->add_option("--state", config.state_file,
                   "File that holds everything created; an empty name keeps nothing")
      ->type_name("FILE")
      ->capture_default_str();
  command
      ->add_option("--region", config.region,
                   "Region; with --verify-signatures the only one requests may be signed for")
      ->type_name("NAME")
      ->capture_default_str();
  command->add_option("--account", config.account_id, "Twelve digits, for ARNs")
      ->type_name("DIGITS")
      ->check([](const std::string& text) {
        const bool good = text.size() == 12 && text.find_first_not_of("0123456789") == std::string::npos;
        return good ? std::string{} : std::string{"an account id has 12 digits"};
      })
      ->capture_default_str();
  command
      ->add_option("--opt", config.opt_root,
                   "Directory that stands for /opt in every environment (extensions)")
      ->type_name("DIRECTORY");
  command
      ->add_option_function<long>(
          "--repoll-grace", [&config](long ms) { config.repoll_grace = std::chrono::milliseconds{ms}; },
          "Milliseconds a call may wait for a free slot's next poll [100]; 0 refuses at once, as AWS's "
          "emulator does")
      ->type_name("MS")
      ->check(between(0L, 60'000L));
  command->add_flag(
      "--realistic", config.realistic,
      "Let things take the time they take on AWS: instances a minute, capacity providers seconds, "
      "asynchronous retries minutes");
  command
      ->add_option_function<long>(
          "--idle-time", [&config](long seconds) { config.idle_time = std::chrono::seconds{seconds}; },
          "Seconds without a call after which an environment of a function without capacity provider ends "
          "[600]")
      ->type_name("SECONDS")
      ->check(between(1L, 86'400L));
  command
      ->add_option("--account-concurrency", config.account_concurrency,
                   "Calls at once over all functions without capacity provider")
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option_function<std::vector<std::string>>(
          "--sink", [&config](const std::vector<std::string>& sinks) { take_sinks(sinks, config.sinks); },
          "Where records for a queue, topic or bus go: ARN=http://… or ARN=file:PATH; may be repeated")
      ->type_name("ARN=PLACE")
      ->take_all()
      ->allow_extra_args(false);
  add_url(*command, "--sqs-endpoint", config.sqs_endpoint,
          "A server that stands in for SQS: event source mappings read its queues");
  add_url(*command, "--s3-endpoint", config.s3_endpoint,
          "A server that stands in for S3: code and layers are fetched from its buckets");
  command->add_flag("--enforce-url-policies", config.enforces_url_policies,
                    "Let the public use a function URL only where the function's resource policy does");
  command
      ->add_option("--fleet-parameters", config.fleet_parameters,
                   "JSON object of what AWS does not publish; see: lmi fleet parameters")
      ->type_name("FILE");
  command
      ->add_option("--time-scale", config.time_scale,
                   "How many times faster than the clock the fleet scales, rotates and launches")
      ->type_name("N")
      ->check(between(1U, 3600U))
      ->capture_default_str();
  command
      ->add_option_function<long>(
          "--metrics-period",
          [&config](long seconds) { config.metrics_period = std::chrono::seconds{seconds}; },
          "Seconds of the fleet's time from one sample of the metrics of instances and environments to the "
          "next "
          "[60]; older pages of AWS say 300")
      ->type_name("SECONDS")
      ->check(CLI::IsMember({60L, 300L}));
  command
      ->add_option("--cpu-scale", config.cpu_scale,
                   "What a vCPU used here counts as: 0.5 for a machine twice as fast as AWS's")
      ->type_name("X")
      ->check(between(0.001, 1000.0))
      ->capture_default_str();
  command->add_option("--log-level", config.log_level, "Of the emulator itself")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}))
      ->capture_default_str();
  add_output(*command, up_output_);
  command->callback([this] { up_.emulator.json_output = up_output_ == OutputFormat::json; });
  command->footer(
      "\nExamples:\n  lmi up --port 0 --output json     prints one line {\"endpoint\":…} when ready\n"
      "  lmi up --state ''                 starts empty, keeps nothing");
}

void Parser::add_deploy() {
  auto* command = app_.add_subcommand("deploy", "Create or update a function and publish it");
  deploy_command_ = command;
  add_connection(*command, deploy_.connection);
  command
      ->add_option("package", deploy_.package, "An executable, a directory with `bootstrap`, or a zip of one")
      ->required();
  command->add_option("--name", deploy_.name, "Function name [from the file name]")->type_name("NAME");
  command
      ->add_option("--memory", deploy_.memory_mb,
                   "MB of one environment: a multiple of what --ratio gives a vCPU")
      ->type_name("MB")
      ->check(between(2048U, 32768U))
      ->capture_default_str();
  command->add_option("--ratio", deploy_.gib_per_vcpu, "GiB of memory per vCPU: 2, 4 or 8")
      ->type_name("GIB")
      ->check(CLI::IsMember({2.0, 4.0, 8.0}))
      ->capture_default_str();
  command->add_option("--concurrency", deploy_.concurrency, "Slots: invocations at once in one environment")
      ->type_name("N")
      ->check(between(1U, 1600U))
      ->capture_default_str();
  command->add_option("--timeout", deploy_.timeout_seconds, "Seconds one invocation may take")
      ->type_name("SECONDS")
      ->check(between(1U, 900U))
      ->capture_default_str();
  command->add_option("--env", deploy_variables_, "KEY=VALUE for the function's environment; may be repeated")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  command
      ->add_option("--provider", deploy_.provider,
                   "Capacity provider; the emulator gets one made when missing")
      ->type_name("NAME")
      ->capture_default_str();
  command->add_option("--min", deploy_.min_environments, "Fewest environments [AWS: 3]")
      ->type_name("N")
      ->check(between(0U, 15000U));
  command->add_option("--max", deploy_.max_environments, "Most environments")
      ->type_name("N")
      ->check(between(0U, 15000U));
  command->add_option("--arch", deploy_.architecture, "x86_64 or arm64 [from the executable]")
      ->check(CLI::IsMember({"x86_64", "arm64"}));
  command->add_option("--role", deploy_.role, "ARN of the execution role; only AWS needs a real one")
      ->type_name("ARN");
  command
      ->add_option_function<long>(
          "--wait", [this](long s) { deploy_.wait = std::chrono::seconds{s}; },
          "Seconds to wait for each change to settle [300]")
      ->type_name("SECONDS")
      ->check(between(1L, 3600L));
  command->footer(
      "\nExamples:\n  lmi deploy build/release/bin/thumbnail --concurrency 16 --min 4\n"
      "  lmi deploy function.zip --name orders --memory 4096 --ratio 4 --env TABLE=orders");
}

std::variant<Command, ExitCode> Parser::finish_deploy() {
  for (const auto& assignment : deploy_variables_) {
    const auto equals = assignment.find('=');
    if (equals == 0 || equals == std::string::npos) {
      std::cerr << "--env: '" << assignment << "' is not KEY=VALUE\n";
      return ExitCode::usage;
    }
    deploy_.variables[assignment.substr(0, equals)] = assignment.substr(equals + 1);
  }
  if (deploy_.min_environments && deploy_.max_environments &&
      *deploy_.min_environments > *deploy_.max_environments) {
    std::cerr << "--min: must not be greater than --max\n";
    return ExitCode::usage;
  }
  // As AWS has it, said before anything is created.
  const auto mb_per_vcpu = static_cast<unsigned>(deploy_.gib_per_vcpu * 1024);
  if (deploy_.memory_mb % mb_per_vcpu != 0) {
    const unsigned nearest = std::max(1U, (deploy_.memory_mb + mb_per_vcpu / 2) / mb_per_vcpu) * mb_per_vcpu;
    std::cerr << "--memory: " << deploy_.memory_mb << " MB are no whole vCPUs at " << deploy_.gib_per_vcpu
              << " GiB each; the nearest: " << nearest << "\n";
    return ExitCode::usage;
  }
  const unsigned most = deploy_.memory_mb / mb_per_vcpu * 64;  // AWS's limit: 64 a vCPU
  if (deploy_.concurrency > most) {
    std::cerr << "--concurrency: an environment of " << deploy_.memory_mb / mb_per_vcpu
              << " vCPU has at most " << most << " slots; more need more --memory\n";
    return ExitCode::usage;
  }
  return Command{deploy_};
}

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

void Parser::add_load() {
  auto* command = app_.add_subcommand("load", "Send load and measure latency and throughput");
  load_command_ = command;
  add_connection(*command, load_.connection);
  command->add_option("function", load_.function, "Function name")->required();
  command->add_option("--qualifier", load_.qualifier, "Version or alias [$LATEST.PUBLISHED]")
      ->type_name("NAME");

  auto* pace = command->add_option_group("pace", "One of these");
  pace->add_option("--rate", load_.rate,
                   "Requests a second, whether or not the last ones were answered (open loop)")
      ->type_name("PER_SECOND")
      ->check(between(0.001, 1e6));
  pace->add_option("--concurrency", load_.concurrency,
                   "Requests in flight, each followed by the next (closed loop)")
      ->type_name("N")
      ->check(between(1U, 10'000U));
  pace->require_option(1);

  auto* end = command->add_option_group("end", "One of these, or both");
  end->add_option_function<double>(
         "--duration", [this](double s) { load_.duration = std::chrono::duration<double>{s}; }, "Seconds")
      ->type_name("SECONDS")
      ->check(between(0.01, 1e6));
  end->add_option("--requests", load_.requests, "Number of requests")
      ->type_name("N")
      ->check(between(std::uint64_t{1}, std::numeric_limits<std::uint64_t>::max()));
  end->require_option(1, 2);

  command
      ->add_option_function<double>(
          "--warmup", [this](double s) { load_.warmup = std::chrono::duration<double>{s}; },
          "Seconds of the same load first, not counted [0]")
      ->type_name("SECONDS")
      ->check(between(0.0, 1e6));
  command
      ->add_option_function<double>(
          "--timeout", [this](double s) { load_.timeout = std::chrono::duration<double>{s}; },
          "Seconds after which a request counts as failed [60]")
      ->type_name("SECONDS")
      ->check(between(0.01, 1e6));
  command->add_option("--connections", load_.max_connections, "Most connections with --rate")
      ->type_name("N")
      ->check(between(1U, 10'000U))
      ->capture_default_str();
  auto* payload =
      command->add_option("--payload", load_.payload, "The event: JSON, @FILE, or - for standard input")
          ->type_name("EVENT");
  command->add_option("--payload-dir", load_.payload_directory, "Directory of JSON events, sent in turn")
      ->type_name("DIRECTORY")
      ->excludes(payload);
  command
      ->add_option("--save-responses", load_.save_directory, "Directory for every answer: NUMBER-EVENT.json")
      ->type_name("DIRECTORY");
  command->footer(
      "\nExamples:\n  lmi load hello --concurrency 64 --requests 10000\n"
      "  lmi load hello --rate 200 --duration 30 --warmup 5 --output json\n\n"
      "With --rate, latency counts from when a request was meant to leave (corrected) and from when it left "
      "(raw).");
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
}

void Parser::add_status() {
  auto* command = app_.add_subcommand("status", "Show the emulator's execution environments");
  add_connection(*command, status_.connection);
  command->add_option("function", status_.function, "Only this function's");
}

}  // namespace

std::filesystem::path default_state_file() {
  const std::string state_home = variable("XDG_STATE_HOME");
  // The XDG specification: a relative path there is to be ignored.
  if (!state_home.empty() && state_home.front() == '/')
    return std::filesystem::path{state_home} / "lmi/state.db";
  const std::string home = variable("HOME");
  return (home.empty() ? std::filesystem::path{"."} : std::filesystem::path{home}) /
         ".local/state/lmi/state.db";
}

std::variant<Command, ExitCode> parse_arguments(int argc, const char* const* argv) {
  return Parser{}.parse(argc, argv);
}

}  // namespace lmi::cli
