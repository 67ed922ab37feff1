#include "http_client/retry.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lmi::http_client {
namespace {

using namespace std::chrono_literals;

TEST(Retry, OnlyWhatCanDoNoHarmIsTriedAgain) {
  struct Case {
    const char* name;
    FailedAttempt attempt;
    bool again;
  };
  const Case cases[] = {
      {"nobody listens, POST", {.code = HttpErrc::connect_failed}, true},
      {"no name server, POST", {.code = HttpErrc::resolve_failed}, true},
      {"bad certificate", {.code = HttpErrc::tls_failed, .repeatable = true}, false},
      {"time is up", {.code = HttpErrc::timed_out, .repeatable = true, .sent = true}, false},
      {"POST lost before a byte went", {.code = HttpErrc::connection_lost}, true},
      {"POST lost", {.code = HttpErrc::connection_lost, .sent = true}, false},
      {"GET lost", {.code = HttpErrc::connection_lost, .repeatable = true, .sent = true}, true},
      {"GET lost in its reply",
       {.code = HttpErrc::connection_lost, .repeatable = true, .sent = true, .reply_started = true},
       false},
      {"too large", {.code = HttpErrc::too_large, .repeatable = true, .sent = true}, false},
      {"not HTTP", {.code = HttpErrc::protocol_error, .repeatable = true, .sent = true}, false},
      {"stopped", {.code = HttpErrc::stopped, .repeatable = true}, false},
      {"queue full", {.code = HttpErrc::unavailable, .repeatable = true}, false},
  };
  for (const auto& [name, attempt, again] : cases) EXPECT_EQ(worth_another(attempt), again) << name;
}

TEST(Retry, FourStatusesAskForAnotherAttempt) {
  for (unsigned status = 200; status < 600; ++status) {
    const bool asks = status == 429 || status == 502 || status == 503 || status == 504;
    EXPECT_EQ(asks_for_another(status), asks) << status;
  }
}

TEST(Retry, RetryAfterIsSecondsOrADate) {
  const auto now = std::chrono::system_clock::from_time_t(784111777);  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(retry_after("0", now), 0ms);
  EXPECT_EQ(retry_after("120", now), 120s);
  EXPECT_EQ(retry_after("Sun, 06 Nov 1994 08:49:40 GMT", now), 3s);
  EXPECT_EQ(retry_after("Sun, 06 Nov 1994 08:49:00 GMT", now), 0ms);
  EXPECT_EQ(retry_after("soon", now), std::nullopt);
  EXPECT_EQ(retry_after("-1", now), std::nullopt);
  EXPECT_EQ(retry_after("1.5", now), std::nullopt);
  EXPECT_GT(retry_after("9223372036854775807", now), 24h);
}

TEST(Retry, TheCeilingOfTheWaitDoublesUpToTheLongest) {
  const HttpRetries retries{.first_delay = 25ms, .longest_delay = 90ms};
  EXPECT_EQ(back_off(retries, 1, 1.0), 25ms);
  EXPECT_EQ(back_off(retries, 2, 1.0), 50ms);
  EXPECT_EQ(back_off(retries, 3, 1.0), 90ms);
  EXPECT_EQ(back_off(retries, 4'000'000'000, 1.0), 90ms);
  EXPECT_EQ(back_off(retries, 1, 0.0), 0ms);
}

TEST(RetryBudget, AnOutageIsMultipliedByLittle) {
  RetryBudget budget{10, 0.1};
  unsigned retries = 0;
  for (unsigned call = 0; call < 1000; ++call) {
    budget.refill();
    for (unsigned again = 0; again < 2 && budget.take(); ++again) ++retries;
  }
  EXPECT_GE(retries, 100U);
  EXPECT_LE(retries, 110U);  // 10 saved up, and one for every ten calls
}

}  // namespace
}  // namespace lmi::http_client
