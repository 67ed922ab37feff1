#pragma once

#include "events/sink_map.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace lmi::emulator::app {

/// What `lmi up` is told. Every default works on a laptop.
struct EmulatorConfig {
  /// Loopback: the emulator runs uploaded code. Another address is refused without verify_signatures and
  /// credentials_file.
  std::string address = "127.0.0.1";
  unsigned short port = 9400;        ///< 0: the kernel picks one.
  std::filesystem::path state_file;  ///< One SQLite file; packages are unpacked in "<state_file>.d/". Empty:
                                     ///< none is kept, a temporary directory is used and removed at the end.
  std::string region = "us-east-1";  ///< Of the emulator's own; with verify_signatures, of every request.
  std::string account_id = "000000000000";
  std::filesystem::path opt_root;  ///< Stands for /opt in every environment. Empty: nothing there.
  /// How long a call may wait for a free slot's next poll, see EnvironmentSpec::repoll_grace.
  std::chrono::milliseconds repoll_grace{100};
  /// Delays as on AWS (control_plane::realistic_delays(), fleet::Parameters::as_on_aws(),
  /// events::Parameters::realistic()) instead of
  /// short ones.
  bool realistic = false;
  /// An environment of a function without capacity provider is ended when it had no call for so long.
  std::chrono::milliseconds idle_time{std::chrono::minutes{10}};
  unsigned account_concurrency = 1000;  ///< Calls of such functions at once.
  events::SinkMap sinks{};  ///< Stand in for queues, topics and buses that asynchronous invocations name.
  std::optional<http::Url> sqs_endpoint{};  ///< Of a server that stands in for SQS.
  std::optional<http::Url> s3_endpoint{};   ///< Of one that stands in for S3.
  bool enforces_url_policies = false;       ///< See ControlPlaneConfig.
  bool verify_signatures = false;           ///< Real AWS Signature Version 4, not only its form.
  std::filesystem::path credentials_file;   ///< Form of ~/.aws/credentials. Empty: the key test/test alone.
  std::filesystem::path fleet_parameters;   ///< JSON; see read_fleet_parameters(). Empty: the defaults.
  unsigned time_scale = 1;  ///< How many times faster than the wall's clock the fleet's runs: 1–3600.
  std::chrono::seconds metrics_period{60};  ///< See LiveFleetConfig::metrics_period.
  double cpu_scale = 1;                     ///< What a measured vCPU of this machine counts as; above 0.
  std::string log_level = "info";           ///< Of the emulator itself: trace … error.
  bool json_output = false;  ///< One JSON line on stdout when ready, instead of text for people.
};

/// Runs the emulator until SIGINT, SIGTERM or (unless it is ignored) SIGHUP; ignores SIGPIPE; returns the
/// process's exit code. What is wrong with the configuration or the state file is said on stderr, with what
/// to do about it, and gives a code other than 0; 2 when nothing was touched.
int run_emulator(const EmulatorConfig& config);

}  // namespace lmi::emulator::app
