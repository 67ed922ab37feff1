#pragma once

#include <sys/types.h>

#include <string>
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

  /// Waits for the end: the exit code, or 128 + the signal.
  int wait();

  /// All it wrote to stdout and stderr. Call after wait().
  [[nodiscard]] std::string output() const;
  [[nodiscard]] std::vector<std::string> output_lines() const;

 private:
  pid_t pid_ = -1;
  int output_ = -1;  ///< An unnamed file: the child can write any amount while nobody reads.
  bool ended_ = false;
  int code_ = -1;
};

}  // namespace lmi::test
