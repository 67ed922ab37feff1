#include "core/logging.hpp"

#include <spdlog/sinks/sink.h>
#include <spdlog/spdlog.h>

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace lmi::core {
namespace {

constinit thread_local const LogIdentity* thread_identity = nullptr;

LogLevel from_spdlog(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace: return LogLevel::trace;
    case spdlog::level::debug: return LogLevel::debug;
    case spdlog::level::warn: return LogLevel::warn;
    case spdlog::level::err: return LogLevel::error;
    case spdlog::level::critical: return LogLevel::fatal;
    default: return LogLevel::info;
  }
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::trace: return spdlog::level::trace;
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warn: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::fatal: return spdlog::level::critical;
  }
  return spdlog::level::info;
}

/// One write for all of it, except where the descriptor takes less. There is nobody to tell when logging
/// fails.
void write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd room{.fd = descriptor, .events = POLLOUT, .revents = 0};
      if (::poll(&room, 1, -1) < 0 && errno != EINTR) return;
    } else if (errno != EINTR) {
      return;
    }
  }
}

/// Behind spdlog's default logger: has no slot, so it asks whom this thread works for.
class ProcessSink final : public spdlog::sinks::sink {
 public:
  explicit ProcessSink(std::shared_ptr<LogWriter> writer) : writer_{std::move(writer)} {}
  void log(const spdlog::details::log_msg& message) override {
    writer_->write(message, thread_identity != nullptr ? *thread_identity : LogIdentity{});
  }
  void flush() override {}
  void set_pattern(const std::string& /*pattern*/) override {}  // the platform prescribes the format
  void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}

 private:
  std::shared_ptr<LogWriter> writer_;  // shared with the slots' loggers
};

}  // namespace

void LogWriter::write(const spdlog::details::log_msg& message, const LogIdentity& identity) noexcept {
  thread_local std::string line;
  try {
    const LogEntry entry{.time = message.time,
                         .level = from_spdlog(message.level),
                         .message = {message.payload.data(), message.payload.size()}};
    format_log_line(format_, entry, identity, line);
  } catch (const std::bad_alloc&) {
    return;  // losing a line is better than losing the process
  }
  write_line(line);
}

void LogWriter::write_line(std::string_view line) noexcept {
  const std::lock_guard lock{one_writer_};
  write_all(descriptor_, line);
}

spdlog::level::level_enum LogWriter::level() const noexcept {
  return to_spdlog(level_);
}

RequestLogger::RequestLogger(std::shared_ptr<LogWriter> writer)
    : spdlog::logger{std::string{}}, writer_{std::move(writer)} {
  set_level(writer_->level());
}

void RequestLogger::bind(const LogIdentity& identity) {
  identity_ = identity;
  name_.assign(identity.request_id);
}

void RequestLogger::unbind() {
  identity_ = {};
  name_.clear();
}

void RequestLogger::sink_it_(const spdlog::details::log_msg& message) {
  writer_->write(message, identity_);
}

ThreadIdentity::ThreadIdentity(const LogIdentity& identity) noexcept {
  thread_identity = &identity;
}
ThreadIdentity::~ThreadIdentity() {
  thread_identity = nullptr;
}

std::shared_ptr<spdlog::logger> install_default_logger(const std::shared_ptr<LogWriter>& writer) {
  auto logger = std::make_shared<spdlog::logger>("lmi", std::make_shared<ProcessSink>(writer));
  logger->set_level(writer->level());
  spdlog::set_default_logger(logger);
  return logger;
}

}  // namespace lmi::core
