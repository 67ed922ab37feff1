// What the hooks come to: PoolCore's side of connecting, checking, resetting and closing.

#include "pool/core.hpp"
#include "pool/core_guard.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace lmi::detail {

void PoolCore::perform(PoolJob job) noexcept {
  auto& entry = *job.entry;
  const auto begun = clock().now();
  switch (job.kind) {
    case PoolJob::Kind::connect: return settle_connect(entry, connect());
    case PoolJob::Kind::check:
    case PoolJob::Kind::reset: {
      const bool well = upkeep(entry, job.kind);
      const auto otherwise = job.kind == PoolJob::Kind::check ? Reason::unhealthy : Reason::reset_failed;
      return settle_upkeep(entry, well, otherwise, begun);
    }
    case PoolJob::Kind::close:
      hooks_.destroy(std::exchange(entry.resource, nullptr));
      return settle_close(entry);
  }
}

Result<void*> PoolCore::connect() noexcept {
  const auto failed = [](std::string text) {
    return Error{.type = "ConnectFailed", .message = std::move(text)};
  };
  if (fault(PoolFault::connect)) return failed("injected fault");
  try {
    auto made =
        hooks_.connect({.deadline = clock().now() + options_.connect_timeout, .stop = stopping_.get_token()});
    if (made && *made == nullptr) return failed("the connect hook made nothing");
    return made;
  } catch (const Error& failure) {
    return failure;
  } catch (const std::exception& failure) {
    return failed(failure.what());
  } catch (...) {
    return failed("the connect hook threw something that is no std::exception");
  }
}

bool PoolCore::upkeep(PoolEntry& entry, PoolJob::Kind kind) noexcept {
  const bool check = kind == PoolJob::Kind::check;
  if (fault(check ? PoolFault::health_check : PoolFault::reset)) return false;
  const auto& hook = check ? hooks_.healthy : hooks_.reset;
  if (!hook) return true;
  try {
    return hook(entry.resource, clock().now() + options_.health_check_timeout);
  } catch (...) {
    return false;  // as the hooks' contract says
  }
}

void PoolCore::settle_connect(PoolEntry& entry, const Result<void*>& made) noexcept {
  const auto now = clock().now();
  Guard guard{*this};
  --connecting_;
  const bool was_closed = breaker_.state() == pool::Breaker::State::closed;
  if (made) {
    ++counted_.created;
    ++live_;
    breaker_.succeeded();
    if (!was_closed) guard.warnings.push_back({.text = "pool.breaker_closed pool=" + options_.name});
    entry.resource = *made;
    const std::chrono::duration<double, std::milli> life =
        options_.max_lifetime * (1.0 - options_.lifetime_jitter * random());
    const auto ends = options_.max_lifetime.count() == 0
                          ? SteadyTime::max()
                          : now + std::chrono::duration_cast<std::chrono::nanoseconds>(life);
    entry.expires_at.store(to_count(ends), std::memory_order_relaxed);
    entry.idle_since.store(to_count(now), std::memory_order_relaxed);
    offer(guard, entry);
  } else {
    ++counted_.connect_failures;
    last_failure_ = made.error().message;
    vacate(entry);
    breaker_.failed(now, random());
    if (was_closed && breaker_.state() == pool::Breaker::State::open)
      guard.warnings.push_back(
          {.text = "pool.breaker_open pool=" + options_.name + " reason=\"" + last_failure_ + "\""});
    guard.poke_keeper = breaker_.retry_at() < keeper_due_;
    refuse_all_if_hopeless(guard);
  }
  create_more(guard);
  changed_.notify_all();
}

void PoolCore::settle_upkeep(PoolEntry& entry, bool well, Reason otherwise, SteadyTime begun) noexcept {
  const auto now = clock().now();
  Guard guard{*this};
  if (well) {
    entry.idle_since.store(to_count(now), std::memory_order_relaxed);
    return offer(guard, entry);
  }
  if (otherwise == Reason::unhealthy) suspect_idle(begun);  // where one died, the others may have
  start_close(guard, entry, otherwise);
  create_more(guard);
}

void PoolCore::settle_close(PoolEntry& entry) noexcept {
  bool last = false;
  {
    Guard guard{*this};
    vacate(entry);
    create_more(guard);
    changed_.notify_all();
    last = orphaned_ && vacant_.size() == options_.max_size;
  }
  if (last) dispose();
}

// ---- With the lock held
// --------------------------------------------------------------------------------------

void PoolCore::add_job(Guard& guard, PoolEntry& entry, PoolJob::Kind kind) noexcept {
  const PoolJob job{kind, &entry};
  if (jobs_) return jobs_->add(job);
  guard.to_perform.push_back(job);  // the pool's threads are gone
}

void PoolCore::start_close(Guard& guard, PoolEntry& entry, Reason reason) noexcept {
  entry.state.store(EntryState::closing, std::memory_order_release);
  --live_;
  ++closings(reason);
  refuse_all_if_hopeless(guard);
  add_job(guard, entry, PoolJob::Kind::close);
}

void PoolCore::begin_connect(Guard& guard) noexcept {
  auto& entry = *vacant_.back();
  vacant_.pop_back();
  entry.state.store(EntryState::connecting, std::memory_order_release);
  entry.leased_at.store(to_count(clock().now()), std::memory_order_relaxed);
  ++connecting_;
  add_job(guard, entry, PoolJob::Kind::connect);
}

void PoolCore::create_more(Guard& guard) noexcept {
  if (closed_ || !started_ || breaker_.state() != pool::Breaker::State::closed) return;
  const auto wanted = pool::connections_to_create({.waiters = queue_.size(),
                                                   .idle = count(EntryState::idle),
                                                   .checking = count(EntryState::checking),
                                                   .connecting = connecting_,
                                                   .existing = options_.max_size - vacant_.size()},
                                                  options_);
  for (std::size_t i = 0; i < wanted; ++i) begin_connect(guard);
}

void PoolCore::vacate(PoolEntry& entry) noexcept {
  entry.state.store(EntryState::vacant, std::memory_order_release);
  const auto place = std::lower_bound(vacant_.begin(), vacant_.end(), &entry,
                                      [](const auto* a, const auto* b) { return a->index > b->index; });
  vacant_.insert(place, &entry);  // there is room: reserved for all
}

double PoolCore::random() noexcept {
  return std::uniform_real_distribution<>{}(generator_);
}

std::uint64_t& PoolCore::closings(Reason reason) noexcept {
  auto& closed = counted_.closed;
  switch (reason) {
    case Reason::poisoned: return closed.poisoned;
    case Reason::overrun: return closed.overrun;
    case Reason::stopped: return closed.stopped;
    case Reason::exception: return closed.exception;
    case Reason::discarded: return closed.discarded;
    case Reason::broken: return closed.broken;
    case Reason::unhealthy: return closed.unhealthy;
    case Reason::reset_failed: return closed.reset_failed;
    case Reason::idle: return closed.idle;
    case Reason::lifetime: return closed.lifetime;
    case Reason::shutdown: break;
  }
  return closed.shutdown;
}

}  // namespace lmi::detail
