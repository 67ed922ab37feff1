#include "load/load_arguments.hpp"

#include "between.hpp"
#include "connection_arguments.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

namespace lmi::cli {
namespace {

void add_pace(CLI::App& command, LoadOptions& options) {
  auto* pace = command.add_option_group("pace", "One of these");
  pace->add_option("--rate", options.rate,
                   "Requests a second, whether or not the last ones were answered (open loop)")
      ->type_name("PER_SECOND")
      ->check(between(0.001, 1e6));
  pace->add_option("--concurrency", options.concurrency,
                   "Requests in flight, each followed by the next (closed loop)")
      ->type_name("N")
      ->check(between(1U, 10'000U));
  pace->require_option(1);

  command.add_option("--connections", options.max_connections, "Most connections with --rate")
      ->type_name("N")
      ->check(between(1U, 10'000U))
      ->capture_default_str();
}

void add_end(CLI::App& command, LoadOptions& options) {
  auto* end = command.add_option_group("end", "One of these, or both");
  end->add_option_function<double>(
         "--duration", [&options](double s) { options.duration = std::chrono::duration<double>{s}; },
         "Seconds")
      ->type_name("SECONDS")
      ->check(between(0.01, 1e6));
  end->add_option("--requests", options.requests, "Number of requests")
      ->type_name("N")
      ->check(between(std::uint64_t{1}, std::numeric_limits<std::uint64_t>::max()));
  end->require_option(1, 2);

  command
      .add_option_function<double>(
          "--warmup", [&options](double s) { options.warmup = std::chrono::duration<double>{s}; },
          "Seconds of the same load first, not counted [0]")
      ->type_name("SECONDS")
      ->check(between(0.0, 1e6));
  command
      .add_option_function<double>(
          "--timeout", [&options](double s) { options.timeout = std::chrono::duration<double>{s}; },
          "Seconds after which a request counts as failed [60]")
      ->type_name("SECONDS")
      ->check(between(0.01, 1e6));
}

void add_payloads(CLI::App& command, LoadOptions& options) {
  auto* payload =
      command.add_option("--payload", options.payload, "The event: JSON, @FILE, or - for standard input")
          ->type_name("EVENT");
  command.add_option("--payload-dir", options.payload_directory, "Directory of JSON events, sent in turn")
      ->type_name("DIRECTORY")
      ->excludes(payload);
  command
      .add_option("--save-responses", options.save_directory, "Directory for every answer: NUMBER-EVENT.json")
      ->type_name("DIRECTORY");
}

}  // namespace

CLI::App* add_load(CLI::App& app, LoadOptions& options) {
  auto* command = app.add_subcommand("load", "Send load and measure latency and throughput");
  add_connection(*command, options.connection);
  command->add_option("function", options.function, "Function name")->required();
  command->add_option("--qualifier", options.qualifier, "Version or alias [$LATEST.PUBLISHED]")
      ->type_name("NAME");

  add_pace(*command, options);
  add_end(*command, options);
  add_payloads(*command, options);
  command->footer(
      "\nExamples:\n  lmi load hello --concurrency 64 --requests 10000\n"
      "  lmi load hello --rate 200 --duration 30 --warmup 5 --output json\n\n"
      "With --rate, latency counts from when a request was meant to leave (corrected) and from when it left "
      "(raw).\nLatencies are those of the requests that succeeded; failures are counted by class.\n"
      "Ctrl-C stops sending, waits for what is in flight and prints what was measured; a second one "
      "waits for nothing.\nExit code 1: a request failed or was never sent. See docs/load.md.");
  return command;
}

}  // namespace lmi::cli
