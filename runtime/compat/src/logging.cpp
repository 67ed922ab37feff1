#include "aws/logging/logging.h"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <string>

namespace aws {
namespace logging {
namespace {

spdlog::level::level_enum to_level(verbosity level) {
  switch (level) {
    case verbosity::error: return spdlog::level::err;
    case verbosity::info: return spdlog::level::info;
    case verbosity::debug: return spdlog::level::debug;
  }
  return spdlog::level::info;
}

}  // namespace

void log(verbosity level, char const* tag, char const* format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, arguments);
  std::string text(length > 0 ? static_cast<std::size_t>(length) : 0, '\0');
  if (length > 0) std::vsnprintf(text.data(), text.size() + 1, format, again);
  va_end(again);
  spdlog::log(to_level(level), "{} {}", tag, length < 0 ? format : text.c_str());
}

}  // namespace logging
}  // namespace aws
