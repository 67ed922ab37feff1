// Random histories of a pool without threads; every invariant is looked at after every step.

#include "support/acquire_limits.hpp"
#include "unit/pool/pool_world.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace lmi::test {
namespace {

using namespace std::chrono_literals;

class History {
 public:
  explicit History(unsigned seed)
      : random_{seed},
        max_{1 + pick(6)},
        world_{{.max_size = max_,
                .min_idle = pick(max_ + 1),
                .max_connecting = 1 + pick(3),
                .max_waiters = 5,
                .acquire_timeout = 100ms,
                .health_check_after = 300ms,
                .idle_timeout = 2s,
                .max_lifetime = 5s,
                .breaker_failures = 3,
                .leak_warning_after = 0ms,
                .maintenance_interval = 100ms,
                .shards = 1 + pick(3)}} {}

  void step() {
    switch (pick(12)) {
      case 0:
      case 1:
      case 2: return begin();
      case 3:
      case 4: return give_back();
      case 5:
      case 6:
      case 7:
        if (!world_.jobs.empty()) world_.perform(pick(world_.jobs.size()));
        return;
      case 8: return world_.pass(std::chrono::milliseconds{pick(400)});
      case 9:
        if (!waiting_.empty())
          world_.core->take_out(*waiting_[pick(waiting_.size())].waiter, PoolErrc::stopped);
        return;
      case 10:
        if (!world_.alive.empty()) spoil(*world_.alive[pick(world_.alive.size())]);
        return;
      default:
        if (pick(4) == 0) world_.refuse_connects = !world_.refuse_connects;
    }
  }

  void check() {
    collect();
    ASSERT_LE(world_.alive.size(), max_);
    const auto shown = world_.metrics();
    ASSERT_EQ(shown.in_use, held_.size());
    ASSERT_EQ(shown.waiters, waiting_.size());
    ASSERT_LE(shown.in_use + shown.idle + shown.connecting + shown.checking + shown.closing, max_);
    ASSERT_FALSE(shown.waiters > 0 && shown.idle > 0) << "a connection lies idle beside a waiter";
    std::set<const void*> connections;
    for (const auto& lease : held_) connections.insert(lease.entry->resource);
    ASSERT_EQ(connections.size(), held_.size()) << "a connection is leased twice";
    ASSERT_EQ(shown.created - shown.closed.total(), world_.alive.size() - shown.closing);
  }

  /// Whatever happened: once everything is back and connecting works, everybody gets a connection again.
  void finish() {
    world_.refuse_connects = false;
    for (auto* connection : world_.alive) connection->well = !(connection->peer_closed = false);
    while (!held_.empty() || !waiting_.empty()) {
      while (!held_.empty()) give_back();
      world_.perform_all();
      collect();
      if (held_.empty() && !waiting_.empty()) world_.pass(20s);  // a breaker's longest back-off
      collect();
    }
    world_.pass(20s);
    world_.perform_all();
    auto last = world_.acquire_connected();
    ASSERT_TRUE(last.entry);
    world_.give_back(last);
    world_.core->close();
    world_.perform_all();
    ASSERT_TRUE(world_.alive.empty());
    ASSERT_TRUE(world_.core->drain(world_.clock.now()));
  }

 private:
  std::size_t pick(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>{0, below - 1}(random_);
  }

  void begin() {
    auto limits = test::limits({.request_id = "r"});
    if (pick(2) == 0) limits.deadline = world_.clock.now() + std::chrono::milliseconds{pick(200)};
    auto attempt = world_.acquire(limits);
    if (attempt.entry) {
      // With somebody waiting a newcomer must not be served.
      ASSERT_TRUE(waiting_.empty());
      held_.push_back(attempt);
    } else if (attempt.waiter) {
      waiting_.push_back(attempt);
    }
  }

  void give_back() {
    if (held_.empty()) return;
    const auto place = held_.begin() + static_cast<std::ptrdiff_t>(pick(held_.size()));
    auto lease = *place;
    held_.erase(place);
    world_.give_back(lease, pick(5) == 0);
  }

  void spoil(FakeConnection& connection) {
    static constexpr std::array verdicts{OnReturn::reuse, OnReturn::reset, OnReturn::discard,
                                         OnReturn::broken};
    connection.on_return = verdicts[pick(verdicts.size())];
    connection.well = pick(3) != 0;
    connection.peer_closed = pick(6) == 0;
  }

  void collect() {
    bool somebody_waits = false;
    std::deque<Attempt> left;
    for (auto& attempt : waiting_) {
      PoolWorld::settle(attempt);
      if (attempt.waiter) {
        somebody_waits = true;
        left.push_back(attempt);
      } else if (attempt.entry) {
        ASSERT_FALSE(somebody_waits) << "served before somebody who came earlier";
        held_.push_back(attempt);
      }
    }
    waiting_.swap(left);
  }

  std::mt19937 random_;
  std::size_t max_;
  PoolWorld world_;
  std::vector<Attempt> held_;
  std::deque<Attempt> waiting_;  ///< In the order they came.
};

TEST(PoolProperty, EveryInvariantHoldsAfterEveryStepOfRandomHistories) {
  for (unsigned seed = 1; seed <= 500; ++seed) {
    History history{seed};
    for (int step = 0; step < 400; ++step) {
      history.step();
      history.check();
      if (HasFatalFailure()) FAIL() << "seed " << seed << ", step " << step;
    }
    history.finish();
    if (HasFatalFailure()) FAIL() << "seed " << seed << ", at the end";
  }
}

}  // namespace
}  // namespace lmi::test
