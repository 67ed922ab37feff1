#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::supervisor {

/// Cuts a stream of bytes into lines without their newline. A line longer than `max_line` comes in pieces of
/// that length: a program that never ends its line must neither stall nor fill the memory.
class LineSplitter {
 public:
  static constexpr std::size_t max_line = 64 * 1024;

  /// Appends the lines that `bytes` completes to `lines`.
  void feed(std::string_view bytes, std::vector<std::string>& lines);
  /// At the end of the stream: text without a newline is a line too.
  void finish(std::vector<std::string>& lines);

 private:
  std::string partial_;
};

}  // namespace lmi::emulator::supervisor
