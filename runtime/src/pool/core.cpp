#include "pool/core.hpp"

#include "core/logging.hpp"
#include "core/vcpus.hpp"
#include "pool/core_guard.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <thread>

namespace lmi::detail {

PoolCore::Guard::~Guard() {
  // Read with the lock held: once it is released, the core may be deleted by whoever returns the last lease.
  auto* const jobs = poke_keeper ? core_.jobs_ : nullptr;
  lock_.unlock();
  for (const auto& waiter : to_wake) waiter->wake();
  if (jobs) jobs->wake_keeper();
  for (const auto& line : warnings) {
    const core::ThreadIdentity identity{{.request_id = line.request_id, .trace_id = {}, .tenant_id = {}}};
    spdlog::warn(line.text);
  }
  for (const auto& job : to_perform) core_.perform(job);  // the last one may delete the core
}

PoolCore::PoolCore(PoolOptions options, ErasedPoolHooks hooks)
    : options_{std::move(options)},
      hooks_{std::move(hooks)},
      entries_{std::make_unique<PoolEntry[]>(options_.max_size)},
      shards_{options_.shards == 0 ? core::usable_vcpus() : options_.shards, options_.max_size},
      suspect_before_{std::numeric_limits<PoolEntry::Nanoseconds>::min()},
      breaker_{options_},
      generator_{static_cast<std::minstd_rand::result_type>(options_.seed == 0 ? std::random_device{}()
                                                                               : options_.seed)} {
  vacant_.reserve(options_.max_size);
  for (auto index = options_.max_size; index-- > 0;) {
    entries_[index].index = static_cast<std::uint32_t>(index);
    vacant_.push_back(&entries_[index]);
  }
}

PoolCore::~PoolCore() = default;

// ---- Acquire
// -------------------------------------------------------------------------------------------------

std::optional<PoolResult<PoolEntry*>> PoolCore::acquire_now(const AcquireLimits& limits) {
  const auto now = clock().now();
  const bool stopped = limits.stop.stop_requested();
  if (stopped || now >= limits.deadline) {
    const Guard guard{*this};
    return refusal(stopped ? PoolErrc::stopped : PoolErrc::timed_out);
  }
  if (gate_.load() == 0)
    if (auto* const entry = take_idle(limits, now)) return entry;
  return std::nullopt;
}

PoolEntry* PoolCore::take_idle(const AcquireLimits& limits, SteadyTime now) noexcept {
  while (const auto index = shards_.claim_any(shards_.mine())) {
    auto& entry = entries_[*index];
    if (!fit(entry, now)) continue;
    begin_lease(entry, limits, now);
    return &entry;
  }
  return nullptr;
}

/// Whether the idle connection, which the caller has claimed, may be handed out; else sends it where it
/// belongs.
bool PoolCore::fit(PoolEntry& entry, SteadyTime now) noexcept {
  if (to_count(now) >= entry.expires_at.load(std::memory_order_relaxed)) {
    discard(entry, Reason::lifetime);
    return false;
  }
  if (check_is_due(entry, now)) {
    send(entry, PoolJob::Kind::check);
    return false;
  }
  if (!hooks_.usable) return true;
  bool usable = false;
  try {
    usable = hooks_.usable(entry.resource);
  } catch (const std::exception&) {
    // As the hook's contract says: broken.
  }
  if (!usable) discard(entry, Reason::broken);
  return usable;
}

bool PoolCore::check_is_due(const PoolEntry& entry, SteadyTime now) const noexcept {
  if (!hooks_.healthy) return false;
  const auto since = entry.idle_since.load(std::memory_order_relaxed);
  if (since <= suspect_before_.load(std::memory_order_relaxed)) return true;
  return options_.health_check_after.count() != 0 && now - to_time(since) > options_.health_check_after;
}

std::optional<PoolResult<PoolEntry*>> PoolCore::queue(const std::shared_ptr<PoolWaiter>& waiter) {
  const auto& limits = waiter->limits_;
  while (true) {
    const auto now = clock().now();
    PoolEntry* candidate = nullptr;
    {
      Guard guard{*this};
      if (closed_) return refusal(PoolErrc::closed);
      if (!start())
        return PoolError{PoolErrc::unhealthy, "pool \"" + options_.name + "\": cannot start threads"};
      // Before looking: from here on whoever gives back either is seen below or sees the gate.
      gate_.fetch_add(1);
      if (queue_.empty()) {
        if (const auto index = shards_.claim_any(shards_.mine())) candidate = &entries_[*index];
      }
      if (!candidate) {
        const auto wait =
            std::max(limits.timeout.value_or(options_.acquire_timeout), std::chrono::milliseconds{0});
        std::optional<PoolErrc> refused;
        if (hopeless()) {
          refused = PoolErrc::unhealthy;
        } else if (queue_.size() >= options_.max_waiters) {
          refused = PoolErrc::queue_full;
        } else if (wait.count() == 0) {
          refused = PoolErrc::timed_out;
        }
        if (refused) {
          gate_.fetch_sub(1);
          return refusal(*refused);
        }
        waiter->since_ = now;
        waiter->until_ = limits.deadline - now > wait ? now + wait : limits.deadline;
        waiter->queued_ = true;
        waiter->place_ = queue_.insert(queue_.end(), waiter);
        guard.poke_keeper = waiter->until_ < keeper_due_;
        create_more(guard);
        return std::nullopt;
      }
      gate_.fetch_sub(1);
    }
    if (fit(*candidate, now)) {
      begin_lease(*candidate, limits, now);
      return candidate;
    }
  }
}

bool PoolCore::take_out(PoolWaiter& waiter, PoolErrc why) noexcept {
  Guard guard{*this};
  if (!waiter.queued_) return false;
  fail_wait(guard, waiter, why);
  return true;
}

// ---- Return
// --------------------------------------------------------------------------------------------------

void PoolCore::give_back(PoolEntry& entry, bool poisoned, bool by_exception) noexcept {
  const auto now = clock().now();
  auto reason = unfit_to_return(entry, poisoned, by_exception, now);
  entry.stop = {};
  if (!reason) {
    switch (inspect(entry)) {
      case OnReturn::reuse: break;
      case OnReturn::reset: return send(entry, PoolJob::Kind::reset);
      case OnReturn::discard: reason = Reason::discarded; break;
      case OnReturn::broken:
        suspect_idle(now);
        reason = Reason::broken;
        break;
    }
  }
  if (!reason && to_count(now) >= entry.expires_at.load(std::memory_order_relaxed)) reason = Reason::lifetime;
  if (reason) return discard(entry, *reason);
  make_idle(entry, now);
}

std::optional<PoolCore::Reason> PoolCore::unfit_to_return(PoolEntry& entry, bool poisoned, bool by_exception,
                                                          SteadyTime now) noexcept {
  if (poisoned || fault(PoolFault::give_back)) return Reason::poisoned;
  if (now > entry.deadline) return Reason::overrun;
  if (entry.stop.stop_requested()) return Reason::stopped;
  if (by_exception && options_.discard_on_exception) return Reason::exception;
  return std::nullopt;
}

OnReturn PoolCore::inspect(PoolEntry& entry) noexcept {
  if (!hooks_.inspect) return hooks_.reset ? OnReturn::reset : OnReturn::reuse;
  try {
    return hooks_.inspect(entry.resource);
  } catch (const std::exception&) {
    return OnReturn::broken;
  }
}

/// Whoever waits increments gate_ and then looks for idle connections; this puts one and then looks at gate_.
/// Both are sequentially consistent, so at least one of the two sees the other: no connection lies idle
/// beside a waiter.
void PoolCore::make_idle(PoolEntry& entry, SteadyTime now) noexcept {
  entry.idle_since.store(to_count(now), std::memory_order_relaxed);
  if (gate_.load() != 0) {
    Guard guard{*this};
    return offer(guard, entry);
  }
  // Once the bit is set, close() may close the connection and the pool may end: dispose() waits for this.
  entry.returning.fetch_add(1, std::memory_order_relaxed);
  entry.state.store(EntryState::idle, std::memory_order_release);
  shards_.put(shards_.mine(), entry.index);
  if (gate_.load() != 0) {
    Guard guard{*this};
    serve_waiters(guard);
  }
  entry.returning.fetch_sub(1, std::memory_order_release);
}

void PoolCore::discard(PoolEntry& entry, Reason reason) noexcept {
  Guard guard{*this};
  start_close(guard, entry, reason);
}

void PoolCore::send(PoolEntry& entry, PoolJob::Kind kind) noexcept {
  Guard guard{*this};
  if (closed_) return start_close(guard, entry, Reason::shutdown);
  entry.state.store(EntryState::checking, std::memory_order_release);
  add_job(guard, entry, kind);
}

void PoolCore::suspect_idle(SteadyTime since) noexcept {
  suspect_before_.store(to_count(since), std::memory_order_relaxed);
}

bool PoolCore::fault(PoolFault step) const noexcept {
  return options_.faults && options_.faults(step);
}

// ---- The queue, with the lock held
// ---------------------------------------------------------------------------

/// The connection goes to the oldest waiter, or to this vCPU's cache.
void PoolCore::offer(Guard& guard, PoolEntry& entry) noexcept {
  if (closed_) return start_close(guard, entry, Reason::shutdown);
  if (!queue_.empty()) return hand_over(guard, entry);
  entry.state.store(EntryState::idle, std::memory_order_release);
  shards_.put(shards_.mine(), entry.index);
}

void PoolCore::serve_waiters(Guard& guard) noexcept {
  if (closed_) return close_idle(guard);
  while (!queue_.empty()) {
    const auto index = shards_.claim_any(shards_.mine());
    if (!index) return;
    hand_over(guard, entries_[*index]);
  }
}

void PoolCore::hand_over(Guard& guard, PoolEntry& entry) noexcept {
  auto& waiter = *queue_.front();
  begin_lease(entry, waiter.limits_, clock().now());
  record_wait(waiter.since_);
  waiter.entry_ = &entry;
  end_wait(guard, waiter);
}

void PoolCore::fail_wait(Guard& guard, PoolWaiter& waiter, PoolErrc why) noexcept {
  waiter.error_ = refusal(why);
  end_wait(guard, waiter);
}

void PoolCore::end_wait(Guard& guard, PoolWaiter& waiter) noexcept {
  waiter.queued_ = false;
  guard.to_wake.splice(guard.to_wake.end(), queue_, waiter.place_);
  gate_.fetch_sub(1);
}

/// Waiting for a connection when none lives and none is being made ends at once, with the reason.
void PoolCore::refuse_all_if_hopeless(Guard& guard) noexcept {
  if (!hopeless()) return;
  while (!queue_.empty()) fail_wait(guard, *queue_.front(), PoolErrc::unhealthy);
}

bool PoolCore::hopeless() const noexcept {
  return live_ == 0 && breaker_.state() != pool::Breaker::State::closed;
}

bool PoolCore::start() noexcept {
  if (!started_) started_ = jobs_ != nullptr && jobs_->start();
  return started_;
}

// ---- Closing
// -------------------------------------------------------------------------------------------------

void PoolCore::close() noexcept {
  {
    Guard guard{*this};
    if (closed_) return;
    closed_ = true;
    gate_.fetch_or(closed_bit);
    while (!queue_.empty()) fail_wait(guard, *queue_.front(), PoolErrc::closed);
    close_idle(guard);
    changed_.notify_all();
  }
  stopping_.request_stop();  // runs what connect hooks registered: not with the lock held
}

void PoolCore::close_idle(Guard& guard) noexcept {
  while (const auto index = shards_.claim_any(0)) start_close(guard, entries_[*index], Reason::shutdown);
}

bool PoolCore::drain(SteadyTime deadline) noexcept {
  close();
  Guard guard{*this};
  while (vacant_.size() != options_.max_size && clock().now() < deadline)
    clock().wait_until(guard.lock(), changed_, deadline);
  return vacant_.size() == options_.max_size;
}

void PoolCore::dispose() noexcept {
  for (std::size_t i = 0; i < options_.max_size; ++i)
    while (entries_[i].returning.load(std::memory_order_acquire) != 0) std::this_thread::yield();
  delete this;
}

void PoolCore::attach(PoolJobs& jobs) noexcept {
  const Guard guard{*this};
  jobs_ = &jobs;
}

void PoolCore::detach() noexcept {
  const Guard guard{*this};
  jobs_ = nullptr;
}

void PoolCore::abandon() noexcept {
  const auto name = options_.name;
  bool empty = false;
  {
    const Guard guard{*this};
    empty = vacant_.size() == options_.max_size;
    orphaned_ = !empty;
  }
  if (empty) return dispose();
  spdlog::warn("pool.destroyed_in_use pool={} reason=\"leases are out; the last one frees it\"", name);
}

}  // namespace lmi::detail
