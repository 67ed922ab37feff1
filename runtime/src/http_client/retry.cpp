#include "http_client/retry.hpp"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iomanip>
#include <locale>
#include <sstream>

namespace lmi::http_client {

bool worth_another(const FailedAttempt& attempt) noexcept {
  switch (attempt.code) {
    case HttpErrc::resolve_failed:
    case HttpErrc::connect_failed: return true;  // nothing was sent
    case HttpErrc::connection_lost: return !attempt.sent || (attempt.repeatable && !attempt.reply_started);
    default: return false;
  }
}

bool asks_for_another(unsigned status) noexcept {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

std::optional<std::chrono::milliseconds> retry_after(std::string_view value,
                                                     std::chrono::system_clock::time_point now) {
  constexpr long long longest = 365LL * 24 * 60 * 60;
  long long seconds = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (failure == std::errc{} && end == value.data() + value.size() && seconds >= 0) {
    return std::chrono::seconds{std::min(seconds, longest)};
  }
  std::tm date{};
  std::istringstream text{std::string{value}};
  text.imbue(std::locale::classic());
  text >> std::get_time(&date, "%a, %d %b %Y %H:%M:%S GMT");
  if (text.fail()) return std::nullopt;
  const auto then = std::chrono::system_clock::from_time_t(::timegm(&date));
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(then - now), std::chrono::milliseconds{0});
}

std::chrono::milliseconds back_off(const HttpRetries& retries, unsigned nth, double share) noexcept {
  const double longest = static_cast<double>(retries.longest_delay.count());
  const double ceiling =
      std::ldexp(static_cast<double>(retries.first_delay.count()), static_cast<int>(std::min(nth, 32U)) - 1);
  return std::chrono::milliseconds{static_cast<long long>(std::min(ceiling, longest) * share)};
}

void RetryBudget::refill() {
  const std::lock_guard lock{mutex_};
  tokens_ = std::min(most_, tokens_ + refill_);
}

bool RetryBudget::take() {
  const std::lock_guard lock{mutex_};
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace lmi::http_client
