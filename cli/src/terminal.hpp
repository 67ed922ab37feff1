#pragma once

#include "result.hpp"

#include <string>
#include <string_view>

namespace lmi::cli {

/// What a person should see while a command works, on stderr: one line that changes in place on a terminal;
/// elsewhere (a log file, a pipe) a plain line for each step, and for updates of a step not more than one
/// every five seconds.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// A new step begins.
  void step(std::string_view text);
  /// The same step goes on.
  void update(std::string_view text);
  /// Removes the line from a terminal.
  void clear();

 private:
  void redraw(std::string_view text);

  bool terminal_;
  bool drawn_ = false;
  double last_plain_ = 0;  ///< Seconds of the steady clock.
};

/// "[######······] ", `width` cells filled to `fraction`.
std::string progress_bar(double fraction, int width);

/// "error: message", and the advice on a line of its own, to stderr. Returns the exit code.
ExitCode report(const Failure& failure);

}  // namespace lmi::cli
