#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace lmi::bench {

/// Which core a side may use; absent: any.
using Core = std::optional<int>;

void pin_this_thread(Core core);

/// A function under measurement: a child with the environment of a Lambda runtime.
/// Destroying it ends it with SIGTERM, then SIGKILL if it stays.
class FunctionProcess {
 public:
  struct Options {
    std::string program;
    std::vector<std::string> arguments;
    std::string runtime_api;  ///< host:port.
    unsigned slots = 1;       ///< AWS_LAMBDA_MAX_CONCURRENCY; 0: standard Lambda, variable absent.
    Core core;
  };

  explicit FunctionProcess(const Options& options);  ///< Throws std::system_error when it cannot be started.
  ~FunctionProcess();
  FunctionProcess(const FunctionProcess&) = delete;
  FunctionProcess& operator=(const FunctionProcess&) = delete;

  std::chrono::nanoseconds cpu_time() const;  ///< User and system, all threads, so far.
  std::size_t resident_bytes() const;
  std::size_t threads() const;
  std::chrono::steady_clock::time_point started() const noexcept { return started_; }

 private:
  int pid_ = -1;
  std::chrono::steady_clock::time_point started_;
};

}  // namespace lmi::bench
