#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace lmi {

// What a pool counts. Threads: plain values; taking them is Pool::metrics(), from any thread. Times in the
// unit of their type.

/// Why connections were closed: a count for each reason.
struct PoolClosings {
  std::uint64_t poisoned = 0;      ///< poison() was called on the lease.
  std::uint64_t overrun = 0;       ///< Given back after its invocation's deadline.
  std::uint64_t stopped = 0;       ///< Given back after its stop token was requested.
  std::uint64_t exception = 0;     ///< An exception left while it was held (discard_on_exception).
  std::uint64_t discarded = 0;     ///< The inspect hook said discard.
  std::uint64_t broken = 0;        ///< The inspect or usable hook found it broken.
  std::uint64_t unhealthy = 0;     ///< The health check failed.
  std::uint64_t reset_failed = 0;  ///< The reset hook failed.
  std::uint64_t idle = 0;          ///< idle_timeout.
  std::uint64_t lifetime = 0;      ///< max_lifetime.
  std::uint64_t shutdown = 0;      ///< close() or drain().

  [[nodiscard]] std::uint64_t total() const noexcept;
};

/// A pool at one moment. Gauges are read one after the other while the pool works, so that under load they
/// may disagree by what happened meanwhile; counters only grow.
struct PoolMetrics {
  enum class Breaker { closed, open, half_open };

  /// Upper bounds of the buckets of `wait`; the last bucket has none.
  static constexpr std::array wait_bounds{
      std::chrono::microseconds{100},      std::chrono::microseconds{1'000},
      std::chrono::microseconds{5'000},    std::chrono::microseconds{10'000},
      std::chrono::microseconds{50'000},   std::chrono::microseconds{100'000},
      std::chrono::microseconds{500'000},  std::chrono::microseconds{1'000'000},
      std::chrono::microseconds{5'000'000}};

  std::string name{};
  std::size_t max_size = 0;

  std::size_t in_use = 0;
  std::size_t idle = 0;
  std::size_t connecting = 0;
  std::size_t checking = 0;  ///< Being checked or reset.
  std::size_t closing = 0;
  std::size_t waiters = 0;
  Breaker breaker = Breaker::closed;

  std::uint64_t acquired = 0;  ///< Leases given, with or without a wait.
  std::uint64_t waited = 0;    ///< Of these, those that waited.
  /// How long the leases given took to get, one count a bucket (not cumulative). No wait is in the first.
  std::array<std::uint64_t, wait_bounds.size() + 1> wait{};
  std::chrono::nanoseconds wait_total{0};

  std::uint64_t timed_out = 0;
  std::uint64_t queue_full = 0;
  std::uint64_t refused_unhealthy = 0;
  std::uint64_t refused_closed = 0;
  std::uint64_t stopped = 0;

  std::uint64_t created = 0;
  std::uint64_t connect_failures = 0;
  PoolClosings closed{};
  std::uint64_t leaks_reported = 0;

  /// How often the pool's lock was taken. Stays the same while acquires and returns use the caches.
  std::uint64_t locks_taken = 0;
};

/// The Prometheus text format (version 0.0.4), each family once, a line for each pool with the label `pool`.
[[nodiscard]] std::string to_prometheus(std::span<const PoolMetrics> pools);

}  // namespace lmi
