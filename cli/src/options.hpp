#pragma once

#include "app/emulator.hpp"
#include "simulate/simulate.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lmi::cli {

enum class OutputFormat { text, json };

/// What every command that talks to an endpoint is told.
struct ConnectionOptions {
  std::string endpoint = "http://127.0.0.1:9400";
  std::string region;  ///< Empty: from the environment, else us-east-1.
  OutputFormat output = OutputFormat::text;
};

struct UpOptions {
  emulator::app::EmulatorConfig emulator;
};

struct DeployOptions {
  ConnectionOptions connection;
  std::filesystem::path package;  ///< An executable, a directory with `bootstrap`, or a zip of one.
  std::string name;               ///< Empty: from the package's file name.
  unsigned memory_mb = 2048;
  double gib_per_vcpu = 2.0;
  unsigned concurrency = 16;  ///< Slots of one execution environment.
  unsigned timeout_seconds = 30;
  std::map<std::string, std::string> variables;
  std::string provider = "default";
  std::string role;          ///< Execution role ARN. Empty: a made-up one, which only the emulator takes.
  std::string architecture;  ///< "x86_64" or "arm64". Empty: from the program, else of this machine.
  std::optional<unsigned> min_environments;
  std::optional<unsigned> max_environments;
  std::chrono::seconds wait{300};  ///< How long to wait for each change to settle.
};

struct InvokeOptions {
  ConnectionOptions connection;
  std::string function;
  std::string payload = "{}";  ///< JSON text, "@file", or "-" for standard input.
  std::string qualifier;       ///< Empty: $LATEST.PUBLISHED by AWS's rule.
};

struct LoadOptions {
  ConnectionOptions connection;
  std::string function;
  std::string qualifier;
  std::optional<double> rate;  ///< Requests a second, open loop. Exactly one of rate and concurrency is set.
  std::optional<unsigned> concurrency;  ///< Requests in flight, closed loop.
  std::optional<std::chrono::duration<double>> duration;
  std::optional<std::uint64_t> requests;
  std::chrono::duration<double> warmup{0};    ///< Sent at the same pace but not counted.
  std::chrono::duration<double> timeout{60};  ///< Of one request.
  unsigned max_connections = 512;  ///< Open loop only: beyond it requests queue, and their wait counts.
  std::string payload = "{}";
  std::filesystem::path payload_directory;  ///< Not empty: each file in it is an event; sent in turn.
  std::filesystem::path save_directory;     ///< Not empty: every response is written there.
};

struct LogsOptions {
  ConnectionOptions connection;
  std::string function;       ///< Or a log group.
  bool is_log_group = false;  ///< Implied by a '/' in the name, which no function has.
  bool follow = false;
  bool since_start = false;  ///< With follow: first what is stored, then what comes.
};

struct StatusOptions {
  ConnectionOptions connection;
  std::string function;  ///< Empty: all.
};

struct FleetParametersOptions {
  std::filesystem::path file;  ///< Empty: the defaults.
  OutputFormat output = OutputFormat::text;
};

struct FleetInstancesOptions {
  ConnectionOptions connection;
};

struct LoseInstanceOptions {
  ConnectionOptions connection;
  std::string instance;
};

struct SimulateOptions {
  OutputFormat output = OutputFormat::text;
  std::vector<std::filesystem::path> scenarios;  ///< Several are compared.
  sizing::simulate::ModeChoice mode = sizing::simulate::ModeChoice::automatic;
  std::vector<std::string> settings;  ///< NAME=VALUE, for every scenario.
  std::vector<std::string> sweeps;    ///< NAME=VALUES; all combinations are run and ranked.
  double most_throttle_percent = 0;   ///< For the ranking.
  std::optional<double> p99_ms;       ///< Likewise.
  bool validate = false;              ///< Print predicted beside published.
  std::filesystem::path csv;          ///< Files to write; empty: not.
  std::filesystem::path json;
  std::filesystem::path html;
  std::filesystem::path markdown;
};

using Command =
    std::variant<UpOptions, DeployOptions, InvokeOptions, LoadOptions, LogsOptions, StatusOptions,
                 FleetParametersOptions, FleetInstancesOptions, LoseInstanceOptions, SimulateOptions>;

}  // namespace lmi::cli
