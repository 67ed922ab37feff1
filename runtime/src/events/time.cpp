#include "lmi/events/time.hpp"

#include <cstddef>

namespace lmi {
namespace {

/// Reads a time from the front, piece by piece; `good` stays false once something was not there.
struct Scanner {
  std::string_view rest;
  bool good = true;

  int number(std::size_t digits) {
    int value = 0;
    if (rest.size() < digits) good = false;
    for (std::size_t i = 0; good && i < digits; ++i) {
      if (rest[i] < '0' || rest[i] > '9') {
        good = false;
      } else {
        value = value * 10 + (rest[i] - '0');
      }
    }
    if (good) rest.remove_prefix(digits);
    return value;
  }

  void expect(char c) {
    good = good && rest.starts_with(c);
    if (good) rest.remove_prefix(1);
  }

  std::chrono::milliseconds fraction() {
    if (!good || !rest.starts_with('.')) return {};
    rest.remove_prefix(1);
    int value = 0;
    std::size_t digits = 0;
    for (; !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; rest.remove_prefix(1), ++digits) {
      if (digits < 3) value = value * 10 + (rest.front() - '0');
    }
    good = digits > 0;
    for (; digits < 3; ++digits) value *= 10;
    return std::chrono::milliseconds{value};
  }

  /// What to subtract to get UTC.
  std::chrono::minutes offset() {
    if (good && rest == "Z") {
      rest = {};
      return {};
    }
    const bool negative = rest.starts_with('-');
    expect(negative ? '-' : '+');
    const int hours = number(2);
    expect(':');
    const int minutes = number(2);
    good = good && rest.empty() && hours < 24 && minutes < 60;
    return std::chrono::minutes{(hours * 60 + minutes) * (negative ? -1 : 1)};
  }
};

}  // namespace

std::optional<EventTime> parse_event_time(std::string_view text) noexcept {
  namespace ch = std::chrono;
  Scanner scanner{text};
  const ch::year year{scanner.number(4)};
  scanner.expect('-');
  const ch::month month{static_cast<unsigned>(scanner.number(2))};
  scanner.expect('-');
  const ch::day day{static_cast<unsigned>(scanner.number(2))};
  scanner.expect('T');
  const int hours = scanner.number(2);
  scanner.expect(':');
  const int minutes = scanner.number(2);
  scanner.expect(':');
  const int seconds = scanner.number(2);
  const auto fraction = scanner.fraction();
  const auto offset = scanner.offset();
  const ch::year_month_day date{year, month, day};
  if (!scanner.good || !date.ok() || hours > 23 || minutes > 59 || seconds > 60) return std::nullopt;
  return EventTime{ch::sys_days{date}} + ch::hours{hours} + ch::minutes{minutes} + ch::seconds{seconds} +
         fraction - offset;
}

}  // namespace lmi
