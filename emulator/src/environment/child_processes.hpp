#pragma once

#include "environment/environment.hpp"
#include "supervisor/process.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lmi::emulator::environment {

/// The processes of one environment: the runtime (bootstrap) and the external extensions.
///
/// They run as the emulator's own user. The memory limit holds for the runtime's process tree; extensions are
/// not counted.
///
/// Threads:  loop thread only.
/// Lifetime: supervisor and spec outlive it. Destroying it kills what still runs and tells nothing any more.
class ChildProcesses {
 public:
  struct Events {
    std::function<void(LogSource, std::string line)> on_line;
    /// Told after the process counts as ended.
    std::function<void(const supervisor::Exit&)> on_runtime_exit;
    std::function<void(const std::string& name)> on_extension_exit;
  };

  ChildProcesses(supervisor::Supervisor& supervisor, const EnvironmentSpec& spec, Events events)
      : supervisor_{supervisor}, spec_{spec}, events_{std::move(events)} {}

  /// The external extensions, by name: every file in opt_root/extensions, as on Lambda, and every executable
  /// in task_root/extensions. The latter is ours, in place of a layer: Lambda looks only in /opt.
  std::vector<std::filesystem::path> find_extensions() const;

  /// Empty when it was started.
  std::optional<InitFailure> start_extension(const std::filesystem::path& program, unsigned short api_port);
  /// task_root/bootstrap, or else opt_root/bootstrap. Empty when it was started.
  std::optional<InitFailure> start_runtime(unsigned short api_port);

  bool runtime_alive() const noexcept { return runtime_alive_; }
  bool any_extension_alive() const;
  std::vector<std::string> living_extensions() const;
  /// The most the runtime's process has had resident, in bytes; 0 when it has ended.
  std::uint64_t runtime_peak_memory() const { return runtime_alive_ ? runtime_->peak_memory_bytes() : 0; }
  /// Calls `done` once what the runtime and the extensions have printed so far was told.
  void when_output_read(std::function<void()> done);
  int runtime_pid() const noexcept { return runtime_alive_ ? runtime_->pid() : 0; }

  void signal_runtime(int signal);
  void signal_extension(const std::string& name, int signal);
  void kill_all();

 private:
  struct Extension {
    std::unique_ptr<supervisor::Process> process;
    bool alive = false;
  };

  supervisor::Supervisor& supervisor_;
  const EnvironmentSpec& spec_;
  Events events_;
  std::unique_ptr<supervisor::Process> runtime_;
  bool runtime_alive_ = false;
  std::map<std::string, Extension> extensions_;  // by file name
};

/// "exit status 3" or "signal: killed", as Lambda words it.
std::string exit_text(const supervisor::Exit& exit);

}  // namespace lmi::emulator::environment
