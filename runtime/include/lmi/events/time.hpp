#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace lmi {

/// A moment in an event, on the wall clock (UTC). What AWS sends has at most milliseconds.
using EventTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// "2015-06-03T17:43:27.123Z", with or without fractions of a second, which are cut after milliseconds, and
/// with "Z" or an offset such as "+01:00". Nothing when it is anything else. Threads: any.
[[nodiscard]] std::optional<EventTime> parse_event_time(std::string_view text) noexcept;

}  // namespace lmi
