#include "terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace lmi::cli {
namespace {

constexpr double seconds_between_plain_lines = 5;

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void write_error(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
}

std::size_t terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
}

}  // namespace

ProgressLine::ProgressLine() : terminal_{isatty(STDERR_FILENO) == 1} {}
ProgressLine::~ProgressLine() {
  clear();
}

void ProgressLine::step(std::string_view text) {
  if (terminal_) return redraw(text);
  write_error(std::string{text} + "\n");
  last_plain_ = now_seconds();
}

void ProgressLine::update(std::string_view text) {
  if (terminal_) return redraw(text);
  if (now_seconds() - last_plain_ >= seconds_between_plain_lines) step(text);
}

void ProgressLine::clear() {
  if (!drawn_) return;
  write_error("\r\x1b[K");
  std::fflush(stderr);
  drawn_ = false;
}

void ProgressLine::redraw(std::string_view text) {
  write_error("\r\x1b[K" + std::string{text.substr(0, terminal_columns() - 1)});
  std::fflush(stderr);
  drawn_ = true;
}

std::string progress_bar(double fraction, int width) {
  const int filled = std::clamp(static_cast<int>(fraction * width + 0.5), 0, width);
  return '[' + std::string(static_cast<std::size_t>(filled), '#') +
         std::string(static_cast<std::size_t>(width - filled), '.') + ']';
}

ExitCode report(const Failure& failure) {
  write_error("error: " + failure.message + '\n');
  if (!failure.advice.empty()) write_error("  to do: " + failure.advice + '\n');
  return failure.exit;
}

}  // namespace lmi::cli
