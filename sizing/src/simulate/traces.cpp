#include "simulate/traces.hpp"

#include "simulate/json_reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>

namespace lmi::sizing::simulate {
namespace {

std::ifstream open(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in)
    throw InputError{file + ": cannot be read: " + std::strerror(errno)};  // NOLINT(concurrency-mt-unsafe)
  return in;
}

[[noreturn]] void fail(const std::string& file, std::size_t line, std::string_view what) {
  throw InputError{file + ':' + std::to_string(line) + ": " + std::string{what}};
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\"");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\"") - first + 1);
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view field(std::string_view line, int column) {
  if (column < 0) return trimmed(line.substr(line.rfind(',') + 1));
  for (int i = 0; i < column; ++i) {
    const auto comma = line.find(',');
    if (comma == std::string_view::npos) return {};
    line.remove_prefix(comma + 1);
  }
  return trimmed(line.substr(0, line.find(',')));
}

double days_since_1970(int year, unsigned month, unsigned day) {
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  return static_cast<double>(std::chrono::sys_days{date}.time_since_epoch().count());
}

/// Reads digits and fixed characters off the front of a text.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_{text} {}

  int digits(std::size_t count) {
    const auto value = number<int>(text_.substr(0, count));
    if (!value || text_.size() < count) good_ = false;
    text_.remove_prefix(std::min(count, text_.size()));
    return value.value_or(0);
  }
  void skip(char expected) {
    good_ = good_ && !text_.empty() && text_.front() == expected;
    if (!text_.empty()) text_.remove_prefix(1);
  }
  bool take(char wanted) {
    if (text_.empty() || text_.front() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  std::string_view characters(std::size_t count) {
    const auto taken = text_.substr(0, count);
    text_.remove_prefix(taken.size());
    return taken;
  }
  double fraction() {
    double value = 0;
    for (double digit = 0.1; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; digit /= 10) {
      value += digit * (text_.front() - '0');
      text_.remove_prefix(1);
    }
    return value;
  }
  /// "+0100", "+01:00", "Z" or nothing: seconds east of Greenwich.
  double zone() {
    if (take('Z') || text_.empty()) return 0;
    const double sign = text_.front() == '-' ? -1 : 1;
    text_.remove_prefix(1);
    const int hours = digits(2);
    take(':');
    return sign * (hours * 3600.0 + digits(2) * 60.0);
  }
  bool good() const noexcept { return good_; }

 private:
  std::string_view text_;
  bool good_ = true;
};

/// 10/Oct/2000:13:55:36 -0700
std::optional<double> common_log_time(std::string_view text) {
  static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  Cursor cursor{text};
  const int day = cursor.digits(2);
  cursor.skip('/');
  const auto month = std::find(months.begin(), months.end(), cursor.characters(3));
  cursor.skip('/');
  const int year = cursor.digits(4);
  cursor.skip(':');
  const int hour = cursor.digits(2);
  cursor.skip(':');
  const int minute = cursor.digits(2);
  cursor.skip(':');
  const int second = cursor.digits(2);
  cursor.take(' ');
  const double zone = cursor.zone();
  if (!cursor.good() || month == months.end()) return std::nullopt;
  return days_since_1970(year, static_cast<unsigned>(month - months.begin()) + 1,
                         static_cast<unsigned>(day)) *
             86400 +
         hour * 3600.0 + minute * 60.0 + second - zone;
}

/// 2026-11-22T10:00:00.123Z, also with a space and an offset.
std::optional<double> iso_time(std::string_view text) {
  Cursor cursor{text};
  const int year = cursor.digits(4);
  cursor.skip('-');
  const int month = cursor.digits(2);
  cursor.skip('-');
  const int day = cursor.digits(2);
  if (!cursor.take('T')) cursor.skip(' ');
  const int hour = cursor.digits(2);
  cursor.skip(':');
  const int minute = cursor.digits(2);
  cursor.skip(':');
  const double second = cursor.digits(2) + (cursor.take('.') ? cursor.fraction() : 0);
  const double zone = cursor.zone();
  if (!cursor.good()) return std::nullopt;
  return days_since_1970(year, static_cast<unsigned>(month), static_cast<unsigned>(day)) * 86400 +
         hour * 3600.0 + minute * 60.0 + second - zone;
}

std::optional<double> json_time(std::string_view line) {
  constexpr double milliseconds_since_1970_from = 1e11;  // as seconds: the year 5138
  const auto object = nlohmann::json::parse(line, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  for (const char* name : {"timestamp", "time", "@timestamp", "ts"}) {
    const auto found = object.find(name);
    if (found == object.end()) continue;
    if (found->is_string()) return iso_time(found->get_ref<const std::string&>());
    if (!found->is_number()) return std::nullopt;
    const auto value = found->get<double>();
    return value >= milliseconds_since_1970_from ? value / 1000 : value;
  }
  return std::nullopt;
}

std::optional<double> time_of(std::string_view line) {
  if (line.front() == '{') return json_time(line);
  const auto open_bracket = line.find('[');
  const auto close_bracket = line.find(']', open_bracket);
  if (close_bracket == std::string_view::npos) return std::nullopt;
  return common_log_time(line.substr(open_bracket + 1, close_bracket - open_bracket - 1));
}

}  // namespace

std::vector<double> read_csv_counts(const std::string& file, int column) {
  auto in = open(file);
  std::vector<double> counts;
  std::string line;
  for (std::size_t row = 1; std::getline(in, line); ++row) {
    if (trimmed(line).empty()) continue;
    const auto text = field(line, column);
    const auto value = number<double>(text);
    if (!value && row == 1) continue;
    if (!value || *value < 0) fail(file, row, "expected a count, found '" + std::string{text} + "'");
    counts.push_back(*value);
  }
  if (counts.empty()) throw InputError{file + ": expected rows with a count, found none"};
  return counts;
}

Counts read_access_log(const std::string& file) {
  constexpr double longest_days = 400;
  auto in = open(file);
  std::vector<std::int64_t> times;
  std::string line;
  for (std::size_t row = 1; std::getline(in, line); ++row) {
    const auto text = trimmed(line);
    if (text.empty()) continue;
    const auto time = time_of(text);
    if (!time) {
      fail(file, row,
           "expected [day/month/year:h:m:s zone] or a JSON object with timestamp, time, @timestamp or ts");
    }
    times.push_back(static_cast<std::int64_t>(std::floor(*time)));
  }
  if (times.empty()) throw InputError{file + ": expected lines with a time, found none"};
  const auto [first, last] = std::minmax_element(times.begin(), times.end());
  if (static_cast<double>(*last - *first) > longest_days * 86400) {
    throw InputError{file + ": spans more than 400 days"};
  }
  Counts counts{1, std::vector<double>(static_cast<std::size_t>(*last - *first) + 1)};
  for (const auto time : times) ++counts.calls[static_cast<std::size_t>(time - *first)];
  return counts;
}

RateCurve to_curve(const Counts& counts, double scale) {
  RateCurve curve;
  double from = 0;
  for (std::size_t i = 0; i < counts.calls.size(); ++i) {
    const double to = static_cast<double>(i + 1) * counts.interval_seconds;
    const double rate = counts.calls[i] * scale / counts.interval_seconds;
    curve.append({from, to, rate, rate});
    from = to;
  }
  return curve;
}

}  // namespace lmi::sizing::simulate
