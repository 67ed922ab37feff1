#include "up_arguments.hpp"

#include "between.hpp"
#include "connection_arguments.hpp"

#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace lmi::cli {
namespace {

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

CLI::App* add_up(CLI::App& app, UpArguments& arguments) {
  auto* command = app.add_subcommand("up", "Run the emulator until Ctrl-C");
  auto& config = arguments.options.emulator;
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
      ->check([](const std::string& text) {
        const bool good = !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
                                               std::string::npos;
        return good ? std::string{} : "'" + text + "' is not a Region: it is like us-east-1";
      })
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
      ->check(between(0U, 1'000'000U))
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
  add_output(*command, arguments.output);
  command->callback(
      [&arguments] { arguments.options.emulator.json_output = arguments.output == OutputFormat::json; });
  command->footer(
      "\nExamples:\n  lmi up --port 0 --output json     prints one line {\"endpoint\":…} when ready\n"
      "  lmi up --state ''                 starts empty, keeps nothing");
  return command;
}

}  // namespace lmi::cli
