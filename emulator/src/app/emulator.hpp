#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace lmi::emulator::app {

/// What `lmi up` is told. Every default works on a laptop.
struct EmulatorConfig {
  std::string address = "127.0.0.1";  ///< Loopback: the emulator runs uploaded code.
  unsigned short port = 9400;         ///< 0: the kernel picks one.
  std::filesystem::path state_file;   ///< One SQLite file; packages are unpacked in "<state_file>.d/". Empty:
                                      ///< none is kept, a temporary directory is used and removed at the end.
  std::string region = "us-east-1";   ///< For requests whose signature names none.
  std::string account_id = "000000000000";
  std::filesystem::path opt_root;  ///< Stands for /opt in every environment. Empty: nothing there.
  /// How long a call may wait for a free slot's next poll, see EnvironmentSpec::repoll_grace.
  std::chrono::milliseconds repoll_grace{100};
  std::filesystem::path fleet_parameters;  ///< JSON; see read_fleet_parameters(). Empty: the defaults.
  unsigned time_scale = 1;  ///< How many times faster than the wall's clock the fleet's runs: 1–3600.
  double cpu_scale = 1;     ///< What a measured vCPU of this machine counts as; above 0.
  std::string log_level = "info";  ///< Of the emulator itself: trace … error.
  bool json_output = false;        ///< One JSON line on stdout when ready, instead of text for people.
};

/// Runs the emulator until SIGINT or SIGTERM; returns the process's exit code. What is wrong with the
/// configuration or the state file is said on stderr, with what to do about it, and gives a code other than
/// 0.
int run_emulator(const EmulatorConfig& config);

}  // namespace lmi::emulator::app
