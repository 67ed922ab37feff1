#pragma once

#include "core/settings.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace lmi::core {

/// Whose line it is. Views into what the slot holds while it works for that invocation; empty: nobody's.
struct LogIdentity {
  std::string_view request_id;
  std::string_view trace_id;
  std::string_view tenant_id;
};

struct LogEntry {
  std::chrono::system_clock::time_point time;
  LogLevel level;
  std::string_view message;
};

/// No line, newline included, is as long as this: the platform's reader stops at 64 KiB.
inline constexpr std::size_t log_line_limit = 64 * 1024;

/// Replaces `line` by one line, newline included. A message that does not fit is cut and says how long it
/// was. Pure.
///
/// json:
/// {"timestamp":"2026-01-02T03:04:05.678Z","level":"INFO","requestId":…,"traceId":…,"tenantId":…,"message":…},
///       the identity's keys only when they are not empty.
/// text: time, request id ("-" when nobody's), level and message with tabs between; newlines inside become
/// \r.
void format_log_line(LogFormat format, const LogEntry& entry, const LogIdentity& identity, std::string& line);

}  // namespace lmi::core
