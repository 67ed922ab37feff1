#pragma once

#include "pool/core.hpp"
#include "support/manual_clock.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <vector>

namespace lmi::test {

/// A connection that only knows its number and how it is.
struct FakeConnection {
  FakeConnection(int given, std::vector<FakeConnection*>& others) : number{given}, alive{others} {
    alive.push_back(this);
  }
  ~FakeConnection() { std::erase(alive, this); }
  FakeConnection(const FakeConnection&) = delete;
  FakeConnection& operator=(const FakeConnection&) = delete;

  const int number;
  std::vector<FakeConnection*>& alive;
  bool well = true;
  bool peer_closed = false;
  OnReturn on_return = OnReturn::reuse;
};

/// Remembers how its wait ended.
class TestWaiter final : public detail::PoolWaiter {
 public:
  using PoolWaiter::PoolWaiter;
  void wake() noexcept override { ++woken; }
  int woken = 0;
};

/// What one acquire came to: a connection, an error, or a place in the queue.
struct Attempt {
  detail::PoolEntry* entry = nullptr;
  std::optional<PoolErrc> error{};
  std::shared_ptr<TestWaiter> waiter{};

  FakeConnection& connection() const { return *static_cast<FakeConnection*>(entry->resource); }
  bool waits() const { return waiter && waiter->woken == 0; }
};

/// A PoolCore without threads: jobs are performed, time passes and the keeper runs when the test says so.
class PoolWorld final : public detail::PoolJobs {
 public:
  explicit PoolWorld(PoolOptions options) {
    options.clock = &clock;
    if (options.shards == 0) options.shards = 2;
    options.seed = 1;
    detail::ErasedPoolHooks hooks;
    hooks.connect = [this](const ConnectLimits&) -> Result<void*> {
      if (refuse_connects) return Error{.type = "ConnectFailed", .message = "connection refused"};
      return static_cast<void*>(new FakeConnection{next_number++, alive});
    };
    hooks.destroy = [](void* resource) { delete static_cast<FakeConnection*>(resource); };
    hooks.healthy = [](void* resource, SteadyTime) { return static_cast<FakeConnection*>(resource)->well; };
    hooks.reset = hooks.healthy;
    hooks.inspect = [](void* resource) { return static_cast<FakeConnection*>(resource)->on_return; };
    hooks.usable = [](void* resource) { return !static_cast<FakeConnection*>(resource)->peer_closed; };
    core = new detail::PoolCore{std::move(options), std::move(hooks)};
    core->attach(*this);
  }
  ~PoolWorld() override { end(); }
  PoolWorld(const PoolWorld&) = delete;
  PoolWorld& operator=(const PoolWorld&) = delete;

  /// What Pool's destructor does.
  void end() {
    if (!core) return;
    core->close();
    core->detach();
    perform_all();
    std::exchange(core, nullptr)->abandon();
  }

  Attempt acquire(AcquireLimits limits = {}) {
    if (const auto now = core->acquire_now(limits)) return at_once(*now);
    auto waiter = std::make_shared<TestWaiter>(limits);
    if (const auto now = core->queue(waiter)) return at_once(*now);
    return {.waiter = std::move(waiter)};
  }

  /// A connection that is made when there is none.
  Attempt acquire_connected(AcquireLimits limits = {}) {
    auto attempt = acquire(std::move(limits));
    perform_all();
    settle(attempt);
    return attempt;
  }

  /// Takes the outcome of a wait that is over.
  static void settle(Attempt& attempt) {
    if (!attempt.waiter || attempt.waiter->woken == 0) return;
    const auto waiter = std::move(attempt.waiter);
    attempt = at_once(waiter->outcome());
  }

  void give_back(Attempt& attempt, bool poisoned = false) {
    core->give_back(*std::exchange(attempt.entry, nullptr), poisoned, false);
  }

  void perform(std::size_t position) {
    const auto job = jobs[position];
    jobs.erase(jobs.begin() + static_cast<std::ptrdiff_t>(position));
    core->perform(job);
  }
  void perform_all() {
    while (!jobs.empty()) perform(0);
  }

  /// Lets time pass and does what is due then.
  void pass(std::chrono::nanoseconds time) {
    clock.advance(time);
    core->housekeep(clock.now());
  }

  PoolMetrics metrics() const { return core->metrics(); }

  // PoolJobs
  bool start() noexcept override { return true; }
  void add(detail::PoolJob job) noexcept override { jobs.push_back(job); }
  void wake_keeper() noexcept override { ++keeper_woken; }

  ManualClock clock;
  std::vector<FakeConnection*> alive;
  std::deque<detail::PoolJob> jobs;
  int next_number = 0;
  int keeper_woken = 0;
  bool refuse_connects = false;
  detail::PoolCore* core = nullptr;  ///< Deletes itself in abandon(); null after end().

 private:
  static Attempt at_once(const PoolResult<detail::PoolEntry*>& result) {
    if (result) return {.entry = *result};
    return {.error = result.error().code};
  }
};

}  // namespace lmi::test
