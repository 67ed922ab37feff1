#pragma once

#include "lmi/http_client.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string_view>

namespace lmi::http_client {

/// What is known of an attempt that failed.
struct FailedAttempt {
  HttpErrc code{};
  bool repeatable = false;     ///< Idempotent, by its method or its key.
  bool sent = false;           ///< At least one byte of the request.
  bool reply_started = false;  ///< At least one byte of the reply came.
};

/// Whether another attempt can do no harm and may help. Pure.
bool worth_another(const FailedAttempt& attempt) noexcept;

/// Whether a reply's status asks for another attempt. Pure.
bool asks_for_another(unsigned status) noexcept;

/// How long a Retry-After (seconds or an HTTP date) asks to wait, zero for a date that has passed; nothing
/// when it cannot be read. Pure.
std::optional<std::chrono::milliseconds> retry_after(std::string_view value,
                                                     std::chrono::system_clock::time_point now);

/// The wait before the n-th retry (from 1): `share` (0 … 1, random) of a ceiling that doubles. Pure.
std::chrono::milliseconds back_off(const HttpRetries& retries, unsigned nth, double share) noexcept;

/// Keeps an outage from being multiplied by retries: see HttpRetries::budget.
///
/// Threads: any.
class RetryBudget {
 public:
  RetryBudget(double most, double refill) : most_{most}, refill_{refill}, tokens_{most} {}

  /// A first attempt was made.
  void refill();

  /// Whether a retry may be made; counts it if so.
  bool take();

 private:
  const double most_;
  const double refill_;
  std::mutex mutex_;
  double tokens_;
};

}  // namespace lmi::http_client
