#pragma once

#include "lmi/detail/pool_handle.hpp"
#include "pool/breaker.hpp"
#include "pool/entry.hpp"
#include "pool/shards.hpp"
#include "pool/waiter.hpp"

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <vector>

namespace lmi::detail {

/// Something to be done with an entry's connection that may block. The job owns the entry.
struct PoolJob {
  enum class Kind : std::uint8_t { connect, reset, close, check };  ///< In the order of their urgency.
  Kind kind{};
  PoolEntry* entry = nullptr;
};

/// Where jobs go. Called with the core's lock held: must not call back.
class PoolJobs {
 public:
  virtual ~PoolJobs() = default;
  /// Before the first job. False: no thread could be started.
  virtual bool start() noexcept = 0;
  virtual void add(PoolJob job) noexcept = 0;
  /// housekeep() is due earlier than it said last. Called without the lock.
  virtual void wake_keeper() noexcept = 0;
};

/// A pool's state and everything it decides. Has no thread: whoever drives it performs its jobs and calls
/// housekeep() in time, PoolThreads in production, a test's own loop in tests.
///
/// Threads: any. One lock guards what is not atomic; the caches (Shards) work without it, and an acquire or a
/// return
///          that only needs them does not take it.
class PoolCore {
 public:
  PoolCore(PoolOptions options, ErasedPoolHooks hooks);
  ~PoolCore();
  PoolCore(const PoolCore&) = delete;
  PoolCore& operator=(const PoolCore&) = delete;

  /// `jobs` must stay until detach().
  void attach(PoolJobs& jobs) noexcept;

  /// From now on whoever returns a connection closes it itself. After close().
  void detach() noexcept;

  /// Deletes the core, now or with its last lease. After close() and detach(), and when no job runs any more.
  void abandon() noexcept;

  // ---- Acquire and return ----

  /// Blocks.
  PoolResult<PoolEntry*> acquire(const AcquireLimits& limits);

  /// An idle connection, without the lock, or a refusal; nothing when it takes queue().
  std::optional<PoolResult<PoolEntry*>> acquire_now(const AcquireLimits& limits);

  /// The outcome when it is known at once; nothing when `waiter` was queued and will be woken.
  std::optional<PoolResult<PoolEntry*>> queue(const std::shared_ptr<PoolWaiter>& waiter);

  /// Takes it out of the queue with this outcome. False: it has its outcome already, or will be woken with
  /// it.
  bool take_out(PoolWaiter& waiter, PoolErrc why) noexcept;

  void give_back(PoolEntry& entry, bool poisoned, bool by_exception) noexcept;

  // ---- Driving ----

  /// Runs the hook that the job is about, and settles what follows.
  void perform(PoolJob job) noexcept;

  /// Ends waits that are over, retires, checks and makes connections, looks for leaks. Returns when to call
  /// again.
  SteadyTime housekeep(SteadyTime now);

  Result<void> warm_up(SteadyTime deadline);
  void close() noexcept;
  bool drain(SteadyTime deadline) noexcept;
  [[nodiscard]] PoolMetrics metrics() const;
  [[nodiscard]] const PoolOptions& options() const noexcept { return options_; }
  [[nodiscard]] PoolClock& clock() const noexcept { return *options_.clock; }

 private:
  enum class Reason : std::uint8_t {
    poisoned,
    overrun,
    stopped,
    exception,
    discarded,
    broken,
    unhealthy,
    reset_failed,
    idle,
    lifetime,
    shutdown
  };
  class Guard;

  void dispose() noexcept;
  static constexpr std::uint32_t closed_bit = 1U << 31;

  PoolEntry* take_idle(const AcquireLimits& limits, SteadyTime now) noexcept;
  bool fit(PoolEntry& entry, SteadyTime now) noexcept;
  [[nodiscard]] bool check_is_due(const PoolEntry& entry, SteadyTime now) const noexcept;
  std::optional<Reason> unfit_to_return(PoolEntry& entry, bool poisoned, bool by_exception,
                                        SteadyTime now) noexcept;
  OnReturn inspect(PoolEntry& entry) noexcept;
  void make_idle(PoolEntry& entry, SteadyTime now) noexcept;
  void discard(PoolEntry& entry, Reason reason) noexcept;
  void send(PoolEntry& entry, PoolJob::Kind kind) noexcept;
  void suspect_idle(SteadyTime since) noexcept;
  bool fault(PoolFault step) const noexcept;

  Result<void*> connect() noexcept;
  bool upkeep(PoolEntry& entry, PoolJob::Kind kind) noexcept;
  void settle_connect(PoolEntry& entry, const Result<void*>& made) noexcept;
  void settle_upkeep(PoolEntry& entry, bool well, Reason otherwise, SteadyTime begun) noexcept;
  void settle_close(PoolEntry& entry) noexcept;

  // With the lock held:
  void add_job(Guard& guard, PoolEntry& entry, PoolJob::Kind kind) noexcept;
  void offer(Guard& guard, PoolEntry& entry) noexcept;
  void serve_waiters(Guard& guard) noexcept;
  void hand_over(Guard& guard, PoolEntry& entry) noexcept;
  void end_wait(Guard& guard, PoolWaiter& waiter) noexcept;
  void fail_wait(Guard& guard, PoolWaiter& waiter, PoolErrc why) noexcept;
  void refuse_all_if_hopeless(Guard& guard) noexcept;
  void start_close(Guard& guard, PoolEntry& entry, Reason reason) noexcept;
  void begin_connect(Guard& guard) noexcept;
  void create_more(Guard& guard) noexcept;
  void close_idle(Guard& guard) noexcept;
  void vacate(PoolEntry& entry) noexcept;
  bool start() noexcept;
  SteadyTime expire_waits(Guard& guard, SteadyTime now) noexcept;
  void scan(Guard& guard, SteadyTime now);
  void watch_lease(Guard& guard, PoolEntry& entry, SteadyTime now);
  void look_at_idle(Guard& guard, PoolEntry& entry, SteadyTime now, std::size_t& idle) noexcept;
  void probe(Guard& guard, SteadyTime now) noexcept;
  [[nodiscard]] std::size_t count(EntryState state) const noexcept;
  [[nodiscard]] std::string not_ready(SteadyTime begun) const;
  [[nodiscard]] bool hopeless() const noexcept;
  PoolError refusal(PoolErrc code) noexcept;
  [[nodiscard]] std::string standing() const;
  double random() noexcept;
  void record_wait(SteadyTime since) noexcept;
  std::uint64_t& closings(Reason reason) noexcept;

  PoolOptions options_;
  const ErasedPoolHooks hooks_;
  const std::unique_ptr<PoolEntry[]> entries_;
  pool::Shards shards_;
  std::stop_source stopping_;

  /// Waiters, and closed_bit once closed. Not zero: acquires and returns have to take the lock.
  alignas(64) std::atomic<std::uint32_t> gate_{0};
  /// Idle since before this moment: to be checked first. Set when a connection was found broken.
  std::atomic<PoolEntry::Nanoseconds> suspect_before_;

  mutable std::mutex mutex_;         ///< Guards all below.
  std::condition_variable changed_;  ///< For warm_up() and drain().
  PoolJobs* jobs_ = nullptr;
  bool started_ = false;
  bool closed_ = false;
  bool orphaned_ = false;
  std::vector<PoolEntry*> vacant_;  ///< Lowest index last.
  std::size_t connecting_ = 0;
  std::size_t live_ = 0;  ///< Entries with a connection that is not being closed.
  PoolWaiter::Queue queue_;
  pool::Breaker breaker_;
  std::minstd_rand generator_;
  std::string last_failure_;
  SteadyTime next_scan_{};
  SteadyTime keeper_due_{SteadyTime::min()};
  PoolMetrics counted_;  ///< Its counters; the gauges are read when asked for.
};

}  // namespace lmi::detail
