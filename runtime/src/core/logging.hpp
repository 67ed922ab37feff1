#pragma once

#include "core/log_line.hpp"

#include <spdlog/logger.h>

#include <memory>
#include <mutex>
#include <string>

namespace lmi::core {

/// Turns log messages into lines on one file descriptor, each by one write(2).
/// Threads: write() from any; writers wait for each other, because only 4 KiB of a pipe write are atomic.
class LogWriter {
 public:
  /// Does not own `descriptor`.
  LogWriter(LogFormat format, LogLevel level, int descriptor) noexcept
      : format_{format}, level_{level}, descriptor_{descriptor} {}

  void write(const spdlog::details::log_msg& message, const LogIdentity& identity) noexcept;

  /// Writes `line`, newline included, as it is, whatever the format and the level.
  void write_line(std::string_view line) noexcept;

  /// The lowest level that is written, as spdlog names it.
  [[nodiscard]] spdlog::level::level_enum level() const noexcept;

 private:
  const LogFormat format_;
  const LogLevel level_;
  const int descriptor_;
  std::mutex one_writer_;
};

/// The logger a slot lends to the invocation it works for.
/// Threads: bind() and unbind() only while nobody logs; logging from any thread.
class RequestLogger final : public spdlog::logger {
 public:
  explicit RequestLogger(std::shared_ptr<LogWriter> writer);

  /// The views must stay valid until unbind() or the next bind(). Does not allocate once names fit.
  void bind(const LogIdentity& identity);
  void unbind();

  [[nodiscard]] const LogIdentity& identity() const noexcept { return identity_; }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  std::shared_ptr<LogWriter> writer_;  // shared with the other slots' loggers and spdlog's default logger
  LogIdentity identity_;
};

/// Names the invocation this thread works for, so that spdlog's default logger can tell.
class ThreadIdentity {
 public:
  explicit ThreadIdentity(const LogIdentity& identity) noexcept;
  ~ThreadIdentity();
  ThreadIdentity(const ThreadIdentity&) = delete;
  ThreadIdentity& operator=(const ThreadIdentity&) = delete;
};

/// Makes `writer` what spdlog's default logger writes to, and returns a logger for the library's own lines.
std::shared_ptr<spdlog::logger> install_default_logger(const std::shared_ptr<LogWriter>& writer);

}  // namespace lmi::core
