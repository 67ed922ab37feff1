// What PoolCore does by the clock: ending waits, retiring and checking connections, watching leases.

#include "pool/core.hpp"
#include "pool/core_guard.hpp"

#include <algorithm>

namespace lmi::detail {

SteadyTime PoolCore::housekeep(SteadyTime now) {
  Guard guard{*this};
  const auto next_wait_end = expire_waits(guard, now);
  if (now >= next_scan_) {
    next_scan_ = now + options_.maintenance_interval;
    scan(guard, now);
  }
  probe(guard, now);
  create_more(guard);
  // A probe that is due but cannot be made now is tried again at the next scan.
  const auto retry = breaker_.retry_at() > now ? breaker_.retry_at() : SteadyTime::max();
  keeper_due_ = std::min({next_wait_end, next_scan_, retry});
  return keeper_due_;
}

/// The end of the first wait that goes on.
SteadyTime PoolCore::expire_waits(Guard& guard, SteadyTime now) noexcept {
  auto next = SteadyTime::max();
  for (auto place = queue_.begin(); place != queue_.end();) {
    auto& waiter = **place++;  // fail_wait() takes it out
    if (waiter.until_ <= now) {
      fail_wait(guard, waiter, PoolErrc::timed_out);
    } else {
      next = std::min(next, waiter.until_);
    }
  }
  return next;
}

void PoolCore::scan(Guard& guard, SteadyTime now) {
  auto idle = count(EntryState::idle);
  for (std::size_t i = 0; i < options_.max_size; ++i) {
    auto& entry = entries_[i];
    const auto state = entry.state.load(std::memory_order_acquire);
    if (state == EntryState::idle) look_at_idle(guard, entry, now, idle);
    if (state == EntryState::leased) watch_lease(guard, entry, now);
  }
}

void PoolCore::look_at_idle(Guard& guard, PoolEntry& entry, SteadyTime now, std::size_t& idle) noexcept {
  const auto verdict = [&]() -> std::optional<Reason> {
    if (to_count(now) >= entry.expires_at.load(std::memory_order_relaxed)) return Reason::lifetime;
    const auto unused = now - to_time(entry.idle_since.load(std::memory_order_relaxed));
    if (options_.idle_timeout.count() != 0 && unused > options_.idle_timeout && idle > options_.min_idle)
      return Reason::idle;
    return std::nullopt;
  };
  if (!verdict() && !check_is_due(entry, now)) return;
  if (!shards_.claim(entry.index)) return;  // somebody has it now: it is in use after all
  // It may have been used between the look and the claim.
  if (const auto reason = verdict()) {
    --idle;
    start_close(guard, entry, *reason);
  } else if (check_is_due(entry, now)) {
    entry.state.store(EntryState::checking, std::memory_order_release);
    add_job(guard, entry, PoolJob::Kind::check);
  } else {
    offer(guard, entry);
  }
}

void PoolCore::watch_lease(Guard& guard, PoolEntry& entry, SteadyTime now) {
  if (options_.leak_warning_after.count() == 0) return;
  LeaseView lease;
  if (!read_lease(entry, lease) || lease.number == entry.reported_lease) return;
  const auto held = std::chrono::duration_cast<std::chrono::milliseconds>(now - lease.since);
  if (held <= options_.leak_warning_after) return;
  entry.reported_lease = lease.number;
  ++counted_.leaks_reported;
  guard.warnings.push_back({.text = "pool.lease_held pool=" + options_.name +
                                    " request_id=" + (lease.request_id.empty() ? "-" : lease.request_id) +
                                    " held_ms=" + std::to_string(held.count()),
                            .request_id = lease.request_id});
}

/// An open breaker lets one connect through when its time has come, whether somebody waits or not: the pool
/// recovers by itself.
void PoolCore::probe(Guard& guard, SteadyTime now) noexcept {
  if (closed_ || !started_ || now < breaker_.retry_at() || vacant_.empty() || connecting_ > 0) return;
  breaker_.begin_probe();
  begin_connect(guard);
}

Result<void> PoolCore::warm_up(SteadyTime deadline) {
  const auto begun = clock().now();
  Guard guard{*this};
  if (closed_) return refusal(PoolErrc::closed).to_error();
  if (!start())
    return Error{.type = "PoolNotReady", .message = "pool \"" + options_.name + "\": cannot start threads"};
  create_more(guard);
  while (live_ < options_.min_idle && !closed_ && clock().now() < deadline)
    clock().wait_until(guard.lock(), changed_, deadline);
  if (live_ >= options_.min_idle) return {};
  return Error{.type = "PoolNotReady", .message = not_ready(begun)};
}

std::string PoolCore::not_ready(SteadyTime begun) const {
  const auto now = clock().now();
  const auto milliseconds = [](SteadyTime::duration time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + " ms";
  };
  std::string text = "pool \"" + options_.name + "\": " + std::to_string(live_) + " of " +
                     std::to_string(options_.min_idle) + " connections are ready after " +
                     milliseconds(now - begun);
  if (connecting_ > 0) {
    auto first = now;
    for (std::size_t i = 0; i < options_.max_size; ++i)
      if (entries_[i].state.load(std::memory_order_relaxed) == EntryState::connecting)
        first = std::min(first, to_time(entries_[i].leased_at.load(std::memory_order_relaxed)));
    text +=
        "; slow: " + std::to_string(connecting_) + " connecting, the first for " + milliseconds(now - first);
  }
  if (counted_.connect_failures > 0)
    text +=
        "; failed: " + std::to_string(counted_.connect_failures) + " connects, the last: " + last_failure_;
  return text;
}

}  // namespace lmi::detail
