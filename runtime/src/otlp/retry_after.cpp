#include "otlp/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <string_view>

namespace lmi::otlp {
namespace {

/// "Sun, 06 Nov 1994 08:49:37 GMT". strptime() would read the month in the process's locale.
std::optional<std::chrono::system_clock::time_point> parse_date(const std::string& text) {
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  std::array<char, 4> day_name{};
  std::array<char, 4> month{};
  std::tm date{};
  int used = 0;
  // NOLINTNEXTLINE(cert-err34-c): a number that is out of range is no date, and checked below
  const int read =
      std::sscanf(text.c_str(), "%3s, %2d %3s %4d %2d:%2d:%2d GMT%n", day_name.data(), &date.tm_mday,
                  month.data(), &date.tm_year, &date.tm_hour, &date.tm_min, &date.tm_sec, &used);
  const auto at = months.find(month.data());
  if (read != 7 || used != static_cast<int>(text.size()) || at == std::string_view::npos || at % 3 != 0)
    return std::nullopt;
  date.tm_mon = static_cast<int>(at / 3);
  date.tm_year -= 1900;
  return std::chrono::system_clock::from_time_t(::timegm(&date));
}

}  // namespace

std::optional<std::chrono::seconds> parse_retry_after(const std::string& text,
                                                      std::chrono::system_clock::time_point now) {
  std::uint32_t seconds = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, seconds);
  if (failure == std::errc{} && stopped == end) return std::chrono::seconds{seconds};
  const auto date = parse_date(text);
  if (!date) return std::nullopt;
  return std::max(std::chrono::ceil<std::chrono::seconds>(*date - now), std::chrono::seconds{0});
}

}  // namespace lmi::otlp
