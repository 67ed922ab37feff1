#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

namespace lmi::bench {

/// What a handler of the scenario `fairness` does: computes as many milliseconds as the event says (of CPU,
/// not of time: what another process takes meanwhile is no work done), and answers when it began and ended,
/// in nanoseconds of the steady clock, which all processes of a machine share.
inline std::string mixed_work(std::string_view event) {
  const auto now = [] { return std::chrono::steady_clock::now().time_since_epoch().count(); };
  const auto cpu = [] {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
  };
  int milliseconds = 0;
  std::from_chars(event.data(), event.data() + event.size(), milliseconds);
  const auto began = now();
  if (milliseconds > 0)
    for (const auto end = cpu() + std::chrono::milliseconds{milliseconds}; cpu() < end;) continue;
  return std::to_string(began) + ' ' + std::to_string(now());
}

}  // namespace lmi::bench
