#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lmi::emulator::environment {

/// The end of one call's log: what Invoke with LogType=Tail gives out.
class LogTail {
 public:
  static constexpr std::size_t max_bytes = 4096;  ///< AWS documentation: the last 4 KB.

  /// A call begins: what came before is not its own.
  void restart() { text_.clear(); }
  /// `line` without its newline.
  void add(std::string_view line) {
    text_.append(line).push_back('\n');
    // In large steps: not every line of a talkative function has to move what is kept.
    if (text_.size() > 4 * max_bytes) text_.erase(0, text_.size() - max_bytes);
  }
  /// The last 4 KB, cut wherever that is.
  std::string text() const {
    return text_.size() <= max_bytes ? text_ : text_.substr(text_.size() - max_bytes);
  }

 private:
  std::string text_;
};

}  // namespace lmi::emulator::environment
