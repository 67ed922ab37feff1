#include "core/log_line.hpp"

#include "core/json_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace lmi::core {
namespace {

constexpr std::size_t identity_limit = 1024;  // a hostile header must not crowd out the message
constexpr std::size_t ending_room = 64;       // the note about the cut, the closing and the newline

std::string_view name(LogLevel level) {
  constexpr std::array<std::string_view, 6> names{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
  return names.at(static_cast<std::size_t>(level));
}

void append_time(std::string& line, std::chrono::system_clock::time_point time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
  const auto calendar = std::chrono::system_clock::to_time_t(seconds);
  std::tm utc{};
  gmtime_r(&calendar, &utc);
  std::array<char, 80> text{};
  const auto length = std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                                    utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                                    utc.tm_sec, static_cast<int>((milliseconds - seconds).count()));
  line.append(text.data(), static_cast<std::size_t>(length));
}

void append_cut_note(std::string& line, std::size_t used, std::string_view message) {
  if (used < message.size()) line.append("… [cut, ").append(std::to_string(message.size())).append(" bytes]");
}

void append_json_field(std::string& line, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  line.append("\"").append(key).append("\":\"");
  append_json_text(line, value.substr(0, identity_limit));
  line.append("\",");
}

void format_json(const LogEntry& entry, const LogIdentity& identity, std::string& line) {
  line.append("{\"timestamp\":\"");
  append_time(line, entry.time);
  line.append("\",");
  append_json_field(line, "level", name(entry.level));
  append_json_field(line, "requestId", identity.request_id);
  append_json_field(line, "traceId", identity.trace_id);
  append_json_field(line, "tenantId", identity.tenant_id);
  line.append("\"message\":\"");
  const auto used = append_json_text(line, entry.message, log_line_limit - ending_room);
  append_cut_note(line, used, entry.message);
  line.append("\"}\n");
}

void format_text(const LogEntry& entry, const LogIdentity& identity, std::string& line) {
  append_time(line, entry.time);
  const auto id = identity.request_id.empty() ? std::string_view{"-"} : identity.request_id;
  line.append("\t").append(id.substr(0, identity_limit)).append("\t").append(name(entry.level)).append("\t");
  const auto used = std::min(entry.message.size(), log_line_limit - ending_room - line.size());
  line.append(entry.message.substr(0, used));
  std::replace(line.begin(), line.end(), '\n', '\r');
  append_cut_note(line, used, entry.message);
  line.append("\n");
}

}  // namespace

void format_log_line(LogFormat format, const LogEntry& entry, const LogIdentity& identity,
                     std::string& line) {
  line.clear();
  format == LogFormat::json ? format_json(entry, identity, line) : format_text(entry, identity, line);
}

}  // namespace lmi::core
