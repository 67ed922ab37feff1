#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

namespace lmi::emulator::supervisor {

/// The process ended by itself.
struct Exited {
  int code = 0;
};

/// The process was ended by a signal.
struct Signalled {
  int signal = 0;
  bool out_of_memory =
      false;  ///< The kernel's OOM killer, as far as the host can tell (memory cgroup counters).
};

using Exit = std::variant<Exited, Signalled>;

enum class Stream { out, err };

struct ProcessSpec {
  std::filesystem::path executable;
  std::vector<std::string> arguments;    ///< argv[0] included.
  std::vector<std::string> environment;  ///< "NAME=value"; nothing is inherited.
  std::filesystem::path working_directory;
  /// Bytes the process tree may use; 0: no limit. Enforced where the host has a writable memory cgroup.
  std::uint64_t memory_limit_bytes = 0;
  /// Seen by the child and its descendants as /opt, where the host allows it. Empty: /opt is the host's.
  std::filesystem::path opt_root = {};
};

/// What a child does, told on the loop thread. Lines come without their newline; text left at end of file is
/// a line too. on_exit is last, after both streams were read to their end (or the grace for that ran out),
/// once.
struct ProcessEvents {
  std::function<void(Stream, std::string line)> on_line;
  std::function<void(Exit)> on_exit;
};

/// A running child, leader of its own process group, stdin from /dev/null.
/// Destroying it kills the group (SIGKILL) and drops the events.
class Process {
 public:
  virtual ~Process() = default;
  virtual int pid() const noexcept = 0;
  /// Sends `signal` to the child's process group. Does nothing once it has exited.
  virtual void signal(int signal) = 0;
  /// The most memory the child itself has had resident so far, its descendants not counted, in bytes; 0 when
  /// the kernel does not say (any more).
  virtual std::uint64_t peak_memory_bytes() const = 0;
  /// Calls `done` on the loop, never from inside, after on_line was told of every whole line that the child
  /// had written before this call.
  virtual void when_output_read(std::function<void()> done) = 0;
};

/// Starts child processes. Called on the loop thread.
class Supervisor {
 public:
  virtual ~Supervisor() = default;
  /// nullptr and `error` when the program cannot be started (missing, not executable, bad directory).
  virtual std::unique_ptr<Process> start(ProcessSpec spec, ProcessEvents events, std::error_code& error) = 0;
};

}  // namespace lmi::emulator::supervisor
