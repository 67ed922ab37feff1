#pragma once

// What a pool can be told, what an acquire is bounded by, and how it fails.

#include "lmi/context.hpp"
#include "lmi/error.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace lmi {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Why an acquire gave no connection.
enum class PoolErrc {
  timed_out = 1,  ///< The acquire time-out or the invocation's deadline came first.
  queue_full,     ///< options.max_waiters were waiting already. Retry later, or answer "busy".
  closed,         ///< close() or drain() was called: the process is going down.
  unhealthy,      ///< No connection is alive and the breaker is open: connecting fails, so waiting is no use.
  stopped,        ///< The stop token was requested while waiting.
};

/// "PoolTimedOut", "PoolQueueFull", "PoolClosed", "PoolUnhealthy", "PoolStopped": the type of the lmi::Error.
[[nodiscard]] std::string_view name(PoolErrc code) noexcept;

/// `code` is for programs, `message` for people: it names the pool and what it was doing. Never holds
/// secrets, unless the text of a failed connect does.
struct PoolError {
  PoolErrc code{};
  std::string message{};

  /// The same as an invocation's error answer: type name(code).
  [[nodiscard]] Error to_error() const;
  // NOLINTNEXTLINE(google-explicit-constructor): return it from a handler
  operator Error() const { return to_error(); }
};

template <class T>
using PoolResult = boost::system::result<T, PoolError>;

/// Found by PoolResult<T>::value() on a failed result: throws to_error(), so an unchecked `.value()` in a
/// handler fails that invocation with a type of its own, e.g. Function.PoolTimedOut.
[[noreturn]] void throw_exception_from_error(const PoolError& error, const boost::source_location& where);

/// What bounds one acquire, and for whom it is.
///
/// Lifetime: `request_id` must stay valid until acquire() returns (a coroutine: is resumed).
struct AcquireLimits {
  AcquireLimits() = default;  // declared, so that this is no aggregate: see async_acquire()
  explicit AcquireLimits(SteadyTime end) : deadline{end} {}

  /// Bounded by `time` and nothing else.
  [[nodiscard]] static AcquireLimits within(std::chrono::milliseconds time);

  /// When the invocation ends. Bounds the wait, and outlives it: a connection that is given back after this
  /// moment is closed instead of reused, because nobody knows what its late user has left in it.
  SteadyTime deadline = SteadyTime::max();

  /// Bounds the wait only. Default: the pool's acquire_timeout. Zero: take what is idle, or fail.
  std::optional<std::chrono::milliseconds> timeout{};

  /// Ends the wait; a connection that is given back after the request is closed instead of reused.
  std::stop_token stop{};

  /// Named by the leak watch and in errors. The first 64 bytes are kept.
  std::string_view request_id{};

  /// Deadline, stop token and request id of an invocation. The first call in an invocation creates its stop
  /// token, which costs about a microsecond.
  [[nodiscard]] static AcquireLimits of(const Context& context);
};

/// Where the pool's time comes from. Tests give their own; everyone else leaves it out.
///
/// Threads: any, at the same time.
class PoolClock {
 public:
  PoolClock() = default;
  virtual ~PoolClock() = default;
  PoolClock(const PoolClock&) = delete;
  PoolClock& operator=(const PoolClock&) = delete;

  [[nodiscard]] virtual SteadyTime now() const noexcept = 0;

  /// Waits on `changed` until notified or until now() >= when; may also return early.
  virtual void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                          SteadyTime when) = 0;
};

/// A step in the life of a connection that a test can make fail.
enum class PoolFault {
  connect,       ///< The connect hook is not called; the attempt fails.
  health_check,  ///< The connection is found dead.
  reset,         ///< The reset fails.
  give_back,     ///< The connection is poisoned as it comes back.
};

/// Settings of a pool. A duration of zero means "never" where it says so. Values that contradict each other
/// (min_idle over max_size, max_size 0 or over 4096) make the pool's constructor throw lmi::Error
/// "InvalidPool".
struct PoolOptions {
  /// In logs, errors and metrics.
  std::string name = "pool";

  /// Connections that exist at the same time, at most: in use, idle, being established, checked or closed.
  std::size_t max_size = 16;

  /// Kept ready beside those in use, as far as max_size allows. Waited for by warm_up().
  std::size_t min_idle = 0;

  /// Connections being established at once, at most: a server that comes back is not stampeded.
  std::size_t max_connecting = 4;

  /// Acquires that wait at the same time, at most. userver's default.
  std::size_t max_waiters = 200;

  /// How long an acquire waits when its limits say nothing shorter.
  std::chrono::milliseconds acquire_timeout{5000};

  /// How long establishing one connection may take; handed to the connect hook as a deadline.
  std::chrono::milliseconds connect_timeout{5000};

  /// A connection that has been idle for longer is checked by a thread of the pool before anybody gets it.
  /// Zero: never. userver pings after 15 s.
  std::chrono::milliseconds health_check_after{15000};

  /// Handed to the health check and to the reset hook as a deadline.
  std::chrono::milliseconds health_check_timeout{2000};

  /// A connection idle for longer is closed while more than min_idle are idle. Zero: never. HikariCP: 10 min.
  std::chrono::milliseconds idle_timeout{600000};

  /// A connection older than this is closed when it is next idle. Zero: never. HikariCP: 30 min.
  std::chrono::milliseconds max_lifetime{1800000};

  /// Share of max_lifetime by which each connection's own lifetime is shortened at random, 0 … 1, so that
  /// connections made together do not all end together.
  double lifetime_jitter = 0.1;

  /// The breaker opens after so many connects have failed in a row. Then one is tried after breaker_backoff,
  /// doubled up to breaker_backoff_max after each failure (each delay shortened by up to a quarter, at
  /// random); the first that succeeds closes the breaker. At least 1.
  unsigned breaker_failures = 3;
  std::chrono::milliseconds breaker_backoff{100};
  std::chrono::milliseconds breaker_backoff_max{10000};

  /// A lease held for longer gets one warning with the request id. Zero: never.
  std::chrono::milliseconds leak_warning_after{30000};

  /// Whether a lease that is destroyed by an exception on its way out closes its connection.
  bool discard_on_exception = false;

  /// How often idle times, lifetimes, leaks and min_idle are looked at. Waits end on time regardless.
  std::chrono::milliseconds maintenance_interval{1000};

  /// Caches of idle connections, one per vCPU so that they are not shared. Zero: as many as usable vCPUs.
  std::size_t shards = 0;

  /// Of the random parts (jitter). Zero: a random one.
  std::uint64_t seed = 0;

  /// For tests. Must outlive the pool. Null: the steady clock.
  PoolClock* clock = nullptr;

  /// For tests: asked before each of these steps, on the thread that takes it; true makes the step fail.
  std::function<bool(PoolFault)> faults{};
};

/// What the connect hook is given.
struct ConnectLimits {
  SteadyTime deadline{};   ///< Give up by then.
  std::stop_token stop{};  ///< Requested when the pool closes.
};

/// What is to be done with a connection that comes back, as its inspect hook sees it.
enum class OnReturn {
  reuse,    ///< Clean: the next one may have it at once.
  reset,    ///< To be cleaned by the reset hook, on a thread of the pool.
  discard,  ///< Used up, e.g. the peer asked to close. Says nothing about the others.
  broken,   ///< Its server is gone: those that are idle now are checked before anybody gets them.
};

}  // namespace lmi
