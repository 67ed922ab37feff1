#pragma once

#include "environment/environment.hpp"
#include "http/exchange.hpp"
#include "support/environment_client.hpp"
#include "support/environment_loop_thread.hpp"
#include "support/environment_puppets.hpp"

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace lmi::test {

/// A directory of the test's own, removed with it.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  const std::filesystem::path& path() const noexcept { return path_; }
  /// Writes a file, executable when `mode` says so, and returns its path.
  std::filesystem::path write(const std::filesystem::path& relative, const std::string& text,
                              unsigned mode = 0755);

 private:
  std::filesystem::path path_;
};

/// One real Environment on a real loop and real sockets. Its processes are puppets unless told otherwise;
/// then the test plays the runtime through EnvironmentClient.
class EnvironmentHarness {
 public:
  enum class Programs { puppets, real };

  explicit EnvironmentHarness(Programs programs = Programs::puppets);
  ~EnvironmentHarness();
  EnvironmentHarness(const EnvironmentHarness&) = delete;
  EnvironmentHarness& operator=(const EnvironmentHarness&) = delete;

  ScratchDirectory scratch;
  emulator::environment::EnvironmentSpec spec;  ///< Change before start().

  /// Creates the environment and starts it.
  void start();
  /// start(), one poll to complete initialisation. The poll is `first_poll` and still waits.
  void start_ready();
  /// A client whose GET …/next has arrived and waits.
  EnvironmentClient poll();
  EnvironmentClient connect() { return EnvironmentClient{port()}; }
  unsigned short port();

  using Invocation = emulator::environment::Invocation;
  using Outcome = emulator::environment::Outcome;
  std::future<Outcome> invoke(std::string request_id, std::string payload = "{}");
  std::future<Outcome> invoke(Invocation invocation);
  void shut_down(
      emulator::environment::ShutdownReason reason = emulator::environment::ShutdownReason::spindown,
      std::chrono::milliseconds drain = {});

  emulator::environment::EnvironmentStats stats();
  bool await_in_flight(unsigned count);
  bool await_idle_polls(unsigned count);

  // ---- what the environment told ----
  bool await_ready();
  std::optional<emulator::environment::InitFailure> await_init_failure();
  /// `crashed` of on_gone.
  std::optional<bool> await_gone();
  bool is_ready();
  unsigned slots_freed();
  bool await_slots_freed(unsigned count);
  /// A line from `source` that contains `text`; "" when none comes.
  std::string await_log(emulator::environment::LogSource source, const std::string& text);

  LoopThread loop;
  std::unique_ptr<PuppetSupervisor> puppets;  ///< null with real programs. Use inside loop.run().
  std::optional<EnvironmentClient> first_poll;

 private:
  struct Told {
    bool ready = false;
    std::optional<emulator::environment::InitFailure> init_failure;
    std::optional<bool> gone;
    unsigned slots_freed = 0;
    std::vector<std::pair<emulator::environment::LogSource, std::string>> log;
  };
  template <class F>
  bool await_told(F condition);

  std::mutex mutex_;
  std::condition_variable changed_;
  Told told_;
  std::unique_ptr<emulator::http::Network> network_;
  std::unique_ptr<emulator::supervisor::Supervisor> real_;
  std::unique_ptr<emulator::environment::Environment> environment_;
};

/// "/2018-06-01/runtime/invocation/<id>/<verb>".
std::string invocation_path(const std::string& request_id, const std::string& verb);
inline constexpr const char* next_path = "/2018-06-01/runtime/invocation/next";

/// What a caller of the official emulator would get as payload for an error without message.
std::string error_payload(const std::string& type);

}  // namespace lmi::test
