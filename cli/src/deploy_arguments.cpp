#include "deploy_arguments.hpp"

#include "between.hpp"
#include "connection_arguments.hpp"

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string>

namespace lmi::cli {
namespace {

void take_variables(DeployArguments& arguments) {
  for (const auto& assignment : arguments.variables) {
    const auto equals = assignment.find('=');
    if (equals == 0 || equals == std::string::npos)
      throw CLI::ValidationError{"--env", "'" + assignment + "' is not KEY=VALUE"};
    arguments.options.variables[assignment.substr(0, equals)] = assignment.substr(equals + 1);
  }
}

/// As AWS has it, said before anything is created.
void check(const DeployOptions& options) {
  if (options.min_environments && options.max_environments &&
      *options.min_environments > *options.max_environments) {
    throw CLI::ValidationError{"--min", "must not be greater than --max"};
  }
  const auto mb_per_vcpu = static_cast<unsigned>(options.gib_per_vcpu * 1024);
  if (options.memory_mb % mb_per_vcpu != 0) {
    const unsigned nearest = std::max(1U, (options.memory_mb + mb_per_vcpu / 2) / mb_per_vcpu) * mb_per_vcpu;
    std::ostringstream says;
    says << options.memory_mb << " MB are no whole vCPUs at " << options.gib_per_vcpu
         << " GiB each; the nearest: " << nearest;
    throw CLI::ValidationError{"--memory", says.str()};
  }
  const unsigned most = options.memory_mb / mb_per_vcpu * 64;  // AWS's limit: 64 a vCPU
  if (options.concurrency > most) {
    throw CLI::ValidationError{
        "--concurrency", "an environment of " + std::to_string(options.memory_mb / mb_per_vcpu) +
                             " vCPU has at most " + std::to_string(most) + " slots; more need more --memory"};
  }
}

}  // namespace

CLI::App* add_deploy(CLI::App& app, DeployArguments& arguments) {
  auto* command = app.add_subcommand("deploy", "Create or update a function and publish it");
  DeployOptions& options = arguments.options;
  add_connection(*command, options.connection);
  command
      ->add_option("package", options.package, "An executable, a directory with `bootstrap`, or a zip of one")
      ->required();
  command->add_option("--name", options.name, "Function name [from the file name]")->type_name("NAME");
  command
      ->add_option("--memory", options.memory_mb,
                   "MB of one environment: a multiple of what --ratio gives a vCPU")
      ->type_name("MB")
      ->check(between(2048U, 32768U))
      ->capture_default_str();
  command->add_option("--ratio", options.gib_per_vcpu, "GiB of memory per vCPU: 2, 4 or 8")
      ->type_name("GIB")
      ->check(CLI::IsMember({2.0, 4.0, 8.0}))
      ->capture_default_str();
  command->add_option("--concurrency", options.concurrency, "Slots: invocations at once in one environment")
      ->type_name("N")
      ->check(between(1U, 1600U))
      ->capture_default_str();
  command->add_option("--timeout", options.timeout_seconds, "Seconds one invocation may take")
      ->type_name("SECONDS")
      ->check(between(1U, 900U))
      ->capture_default_str();
  command
      ->add_option("--env", arguments.variables, "KEY=VALUE for the function's environment; may be repeated")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  command
      ->add_option("--provider", options.provider,
                   "Capacity provider; the emulator gets one made when missing")
      ->type_name("NAME")
      ->capture_default_str();
  command->add_option("--min", options.min_environments, "Fewest environments [AWS: 3]")
      ->type_name("N")
      ->check(between(0U, 15000U));
  command->add_option("--max", options.max_environments, "Most environments")
      ->type_name("N")
      ->check(between(0U, 15000U));
  command->add_option("--arch", options.architecture, "x86_64 or arm64 [from the executable]")
      ->check(CLI::IsMember({"x86_64", "arm64"}));
  command->add_option("--role", options.role, "ARN of the execution role; only AWS needs a real one")
      ->type_name("ARN");
  command
      ->add_option_function<long>(
          "--wait", [&options](long s) { options.wait = std::chrono::seconds{s}; },
          "Seconds to wait for each change to settle [300]")
      ->type_name("SECONDS")
      ->check(between(1L, 3600L));
  command->footer(
      "\nExamples:\n  lmi deploy build/release/bin/thumbnail --concurrency 16 --min 4\n"
      "  lmi deploy function.zip --name orders --memory 4096 --ratio 4 --env TABLE=orders");
  command->callback([&arguments] {
    take_variables(arguments);
    check(arguments.options);
  });
  return command;
}

}  // namespace lmi::cli
