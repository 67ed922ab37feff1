#pragma once

#include <array>
#include <chrono>
#include <cstddef>

namespace lmi::emulator::events {

/// How long asynchronous work waits, and how much of it may wait. Defaults are the service's waits shortened
/// sixtyfold, so that nobody waits minutes for a retry on a laptop; realistic() is the service.
struct Parameters {
  /// Before the second and the third attempt after an error of the function.
  /// AWS documentation: "one minute ... before the second attempt, and two minutes ... before the third".
  std::array<std::chrono::milliseconds, 2> retry_delays{std::chrono::seconds{1}, std::chrono::seconds{2}};

  /// After a throttle or a system error while nothing else of the function is under way: doubles up to the
  /// second number. AWS documentation: "from 1 second after the first attempt to a maximum of 5 minutes".
  std::chrono::milliseconds throttle_delay{std::chrono::milliseconds{20}};
  std::chrono::milliseconds max_throttle_delay{std::chrono::seconds{5}};

  /// Attempts to hand a record to a sink, and the wait before the second, which doubles. Ours: the service
  /// does not document its own.
  unsigned sink_attempts = 5;
  std::chrono::milliseconds sink_delay{200};

  /// After a queue answered with an error, or not at all. Ours.
  std::chrono::milliseconds queue_error_delay{500};

  /// Payloads that may wait in memory before Invoke answers 429. Ours: the service bounds the rate instead
  /// (5 MB/s for Managed Instances, AWS documentation).
  std::size_t max_waiting_bytes = std::size_t{512} * 1024 * 1024;

  static Parameters realistic() {
    Parameters service;
    service.retry_delays = {std::chrono::minutes{1}, std::chrono::minutes{2}};
    service.throttle_delay = std::chrono::seconds{1};
    service.max_throttle_delay = std::chrono::minutes{5};
    service.sink_delay = std::chrono::seconds{1};
    service.queue_error_delay = std::chrono::seconds{5};
    return service;
  }
};

// AWS documentation; what PutFunctionEventInvokeConfig changes.
inline constexpr unsigned default_retry_attempts = 2;
inline constexpr std::chrono::seconds default_event_age = std::chrono::hours{6};

}  // namespace lmi::emulator::events
