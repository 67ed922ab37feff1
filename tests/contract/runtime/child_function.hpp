#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace lmi::test {

/// The bootstrap of these tests as a process of its own, with exactly the environment it is given.
class ChildFunction {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;

  ChildFunction(const std::vector<std::string>& arguments, const Environment& environment);
  ~ChildFunction();
  ChildFunction(const ChildFunction&) = delete;
  ChildFunction& operator=(const ChildFunction&) = delete;

  void signal(int number) const;

  /// The processes it has started that have not been waited for.
  [[nodiscard]] std::vector<pid_t> children() const;

  /// Waits for the end: the exit code, or 128 + the signal.
  int wait();

  /// Whether it has written this so many times, or does so within 30 s.
  [[nodiscard]] bool wait_for_output(std::string_view text, std::size_t times = 1);

  /// All it wrote to stdout and stderr. Call after wait().
  [[nodiscard]] std::string output();
  [[nodiscard]] std::vector<std::string> output_lines();

 private:
  pid_t pid_ = -1;
  std::thread reader_;  ///< Takes what the child writes, so that it never waits for room in the pipe.
  std::mutex mutex_;
  std::condition_variable more_output_;
  std::string output_;  ///< Guarded by mutex_.
  bool ended_ = false;
  int code_ = -1;
};

}  // namespace lmi::test
