#pragma once

#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace lmi::test {

/// A pipe whose writing end gathers lines. A thread reads along, so that writers are never held up.
class LinePipe {
 public:
  LinePipe() {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error{"pipe"};
    reader_ = ends[0];
    writer_ = ends[1];
    thread_ = std::thread{[this] {
      std::array<char, 65536> part{};
      for (ssize_t got = 0; (got = ::read(reader_, part.data(), part.size())) > 0;)
        text_.append(part.data(), static_cast<std::size_t>(got));
    }};
  }
  ~LinePipe() {
    finish();
    ::close(reader_);
  }
  LinePipe(const LinePipe&) = delete;
  LinePipe& operator=(const LinePipe&) = delete;

  [[nodiscard]] int writer() const noexcept { return writer_; }

  /// Closes the writing end; everything that was written, line by line.
  std::vector<std::string> lines() {
    finish();
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text_.size();) {
      const auto end = text_.find('\n', at);
      if (end == std::string::npos) {
        lines.push_back(text_.substr(at));
        break;
      }
      lines.push_back(text_.substr(at, end - at));
      at = end + 1;
    }
    return lines;
  }

 private:
  void finish() {
    if (!thread_.joinable()) return;
    ::close(writer_);
    thread_.join();
  }

  int reader_ = -1;
  int writer_ = -1;
  std::string text_;
  std::thread thread_;
};

}  // namespace lmi::test
