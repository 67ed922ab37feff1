#pragma once

#include "lmi/pool_metrics.hpp"
#include "lmi/pool_options.hpp"

namespace lmi::pool {

/// Whether connecting is worth a try. Decides, and does nothing itself: no clock, no randomness of its own.
/// Threads: none of its own; the pool's lock guards it.
class Breaker {
 public:
  using State = PoolMetrics::Breaker;

  explicit Breaker(const PoolOptions& options) noexcept
      : failures_to_open_{options.breaker_failures},
        first_delay_{options.breaker_backoff},
        longest_delay_{options.breaker_backoff_max} {}

  [[nodiscard]] State state() const noexcept { return state_; }

  /// When an open breaker lets one try through; time_point::max() when it is not open.
  [[nodiscard]] SteadyTime retry_at() const noexcept;

  /// One connect may be tried now: from open to half open.
  void begin_probe() noexcept { state_ = State::half_open; }

  void succeeded() noexcept;

  /// `random` in [0, 1). Failures of connects that began before the breaker opened change nothing.
  void failed(SteadyTime now, double random) noexcept;

 private:
  void open(SteadyTime now, double random) noexcept;

  const unsigned failures_to_open_;
  const std::chrono::milliseconds first_delay_;
  const std::chrono::milliseconds longest_delay_;
  State state_ = State::closed;
  unsigned failures_ = 0;
  std::chrono::milliseconds delay_{0};
  SteadyTime retry_at_{};
};

/// How a pool stands, for the question below.
struct Demand {
  std::size_t waiters = 0;
  std::size_t idle = 0;
  std::size_t checking = 0;    ///< Will most likely be idle again.
  std::size_t connecting = 0;  ///< On their way already.
  std::size_t existing = 0;    ///< All that count against max_size.
};

/// How many connects to begin now. Pure. Never more than max_size and max_connecting allow.
std::size_t connections_to_create(const Demand& demand, const PoolOptions& options) noexcept;

}  // namespace lmi::pool
