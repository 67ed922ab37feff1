// PoolCore without threads: every step is the test's.

#include "support/acquire_limits.hpp"
#include "unit/pool/pool_world.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

namespace lmi::test {
namespace {

using namespace std::chrono_literals;

TEST(PoolCore, AConnectionIsMadeForTheFirstWaiterAndReusedByTheNext) {
  PoolWorld world{{.max_size = 4}};
  auto first = world.acquire();
  ASSERT_TRUE(first.waits());
  ASSERT_EQ(world.jobs.size(), 1U);
  world.perform_all();
  PoolWorld::settle(first);
  ASSERT_TRUE(first.entry);
  world.give_back(first);

  auto second = world.acquire();
  ASSERT_TRUE(second.entry);
  EXPECT_EQ(second.connection().number, 0);
  world.give_back(second);
  EXPECT_EQ(world.metrics().created, 1U);
  EXPECT_EQ(world.metrics().acquired, 2U);
  EXPECT_EQ(world.metrics().waited, 1U);
}

TEST(PoolCore, NeverMakesMoreThanTheMaximumNorMoreAtOnceThanTheConnectingLimit) {
  PoolWorld world{{.max_size = 5, .max_connecting = 2}};
  std::vector<Attempt> attempts;
  for (int i = 0; i < 8; ++i) attempts.push_back(world.acquire());
  EXPECT_EQ(world.jobs.size(), 2U);
  std::size_t most = 0;
  while (!world.jobs.empty()) {
    most = std::max(most, world.metrics().connecting);
    world.perform(0);
  }
  EXPECT_EQ(most, 2U);
  EXPECT_EQ(world.alive.size(), 5U);
  for (auto& attempt : attempts) PoolWorld::settle(attempt);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(attempts[static_cast<std::size_t>(i)].waits(), i >= 5) << i;
  for (auto& attempt : attempts)
    if (attempt.entry) world.give_back(attempt);
  for (auto& attempt : attempts) {
    PoolWorld::settle(attempt);
    if (attempt.entry) world.give_back(attempt);
  }
}

TEST(PoolCore, AReturnedConnectionGoesToTheOldestWaiterAndNobodyOvertakes) {
  PoolWorld world{{.max_size = 1}};
  auto holder = world.acquire_connected();
  auto first = world.acquire();
  auto second = world.acquire();
  world.give_back(holder);
  PoolWorld::settle(first);
  ASSERT_TRUE(first.entry);
  EXPECT_TRUE(second.waits());
  auto third = world.acquire();
  EXPECT_TRUE(third.waits());
  world.give_back(first);
  PoolWorld::settle(second);
  ASSERT_TRUE(second.entry);
  EXPECT_TRUE(third.waits());
  world.give_back(second);
  PoolWorld::settle(third);
  ASSERT_TRUE(third.entry);
  world.give_back(third);
  EXPECT_EQ(world.metrics().idle, 1U);
}

TEST(PoolCore, AWaitEndsAtTheTimeoutOrTheDeadlineWhicheverIsFirst) {
  PoolWorld world{{.max_size = 1, .acquire_timeout = 100ms}};
  auto holder = world.acquire_connected();
  auto by_timeout = world.acquire();
  auto by_deadline = world.acquire(test::limits({.deadline = world.clock.now() + 30ms}));
  world.pass(29ms);
  EXPECT_TRUE(by_deadline.waits());
  world.pass(1ms);
  PoolWorld::settle(by_deadline);
  EXPECT_EQ(by_deadline.error, PoolErrc::timed_out);
  EXPECT_TRUE(by_timeout.waits());
  world.pass(70ms);
  PoolWorld::settle(by_timeout);
  EXPECT_EQ(by_timeout.error, PoolErrc::timed_out);
  EXPECT_EQ(world.metrics().timed_out, 2U);
  world.give_back(holder);
  EXPECT_EQ(world.metrics().idle, 1U);  // nobody who left has swallowed it
}

TEST(PoolCore, EveryRefusalHasItsOwnError) {
  PoolWorld world{{.name = "db", .max_size = 1, .max_waiters = 1, .breaker_failures = 1}};
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_EQ(world.acquire(test::limits({.stop = stopped.get_token()})).error, PoolErrc::stopped);
  EXPECT_EQ(world.acquire(test::limits({.deadline = world.clock.now()})).error, PoolErrc::timed_out);
  EXPECT_EQ(world.acquire(test::limits({.timeout = 0ms})).error, PoolErrc::timed_out);

  auto holder = world.acquire_connected();
  auto waiter = world.acquire();
  EXPECT_EQ(world.acquire().error, PoolErrc::queue_full);
  world.refuse_connects = true;
  world.give_back(holder, true);
  world.perform_all();
  PoolWorld::settle(waiter);
  EXPECT_EQ(waiter.error, PoolErrc::unhealthy);
  EXPECT_EQ(world.acquire().error, PoolErrc::unhealthy);
  const auto refused = world.core->acquire({});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().to_error().type, "PoolUnhealthy");
  EXPECT_NE(refused.error().message.find("pool \"db\""), std::string::npos);
  EXPECT_NE(refused.error().message.find("connection refused"), std::string::npos);
  world.core->close();
  EXPECT_EQ(world.acquire().error, PoolErrc::closed);
}

TEST(PoolCore, WhatComesBackUncleanIsClosedAndItsReasonCounted) {
  PoolWorld world{{.max_size = 8}};
  const auto lend = [&](AcquireLimits limits = {}) {
    auto attempt = world.acquire_connected(std::move(limits));
    EXPECT_TRUE(attempt.entry);
    return attempt;
  };
  auto poisoned = lend();
  world.give_back(poisoned, true);

  auto overrun = lend(AcquireLimits{world.clock.now() + 10ms});
  world.clock.advance(11ms);
  world.give_back(overrun);

  std::stop_source source;
  auto stopped = lend(test::limits({.stop = source.get_token()}));
  source.request_stop();
  world.give_back(stopped);

  auto discarded = lend();
  discarded.connection().on_return = OnReturn::discard;
  world.give_back(discarded);

  auto broken = lend();
  broken.connection().on_return = OnReturn::broken;
  world.give_back(broken);

  auto unclean = lend();
  unclean.connection().on_return = OnReturn::reset;
  unclean.connection().well = false;
  world.give_back(unclean);

  world.perform_all();
  const auto closed = world.metrics().closed;
  EXPECT_EQ(closed.poisoned, 1U);
  EXPECT_EQ(closed.overrun, 1U);
  EXPECT_EQ(closed.stopped, 1U);
  EXPECT_EQ(closed.discarded, 1U);
  EXPECT_EQ(closed.broken, 1U);
  EXPECT_EQ(closed.reset_failed, 1U);
  EXPECT_EQ(closed.total(), 6U);
  EXPECT_TRUE(world.alive.empty());
}

TEST(PoolCore, AResetConnectionIsReusedOnlyAfterItsReset) {
  PoolWorld world{{.max_size = 1}};
  auto first = world.acquire_connected();
  first.connection().on_return = OnReturn::reset;
  world.give_back(first);
  auto second = world.acquire();
  EXPECT_TRUE(second.waits());
  world.perform_all();
  PoolWorld::settle(second);
  ASSERT_TRUE(second.entry);
  EXPECT_EQ(second.connection().number, 0);
  second.connection().on_return = OnReturn::reuse;
  world.give_back(second);
}

TEST(PoolCore, ALongIdleConnectionIsCheckedBeforeAnybodyGetsIt) {
  PoolWorld world{{.max_size = 2, .health_check_after = 10s, .maintenance_interval = 1h}};
  auto holder = world.acquire_connected();
  world.give_back(holder);
  world.clock.advance(11s);
  world.alive.front()->well = false;
  auto next = world.acquire();  // the keeper has not come by yet
  EXPECT_TRUE(next.waits());
  world.perform_all();
  PoolWorld::settle(next);
  ASSERT_TRUE(next.entry);
  EXPECT_EQ(next.connection().number, 1);
  EXPECT_EQ(world.metrics().closed.unhealthy, 1U);
  world.give_back(next);
}

TEST(PoolCore, TheKeeperChecksIdleConnectionsBeforeARequestHasToWaitForIt) {
  PoolWorld world{{.max_size = 2, .health_check_after = 10s}};
  auto holder = world.acquire_connected();
  world.give_back(holder);
  world.pass(11s);
  EXPECT_EQ(world.metrics().checking, 1U);
  world.perform_all();
  auto next = world.acquire();
  EXPECT_TRUE(next.entry);
  world.give_back(next);
}

TEST(PoolCore, WhenOneIsFoundBrokenTheIdleOnesAreCheckedFirst) {
  PoolWorld world{{.max_size = 3}};
  auto a = world.acquire_connected();
  auto b = world.acquire_connected();
  world.give_back(b);
  world.clock.advance(1ms);
  for (auto* each : world.alive) each->well = false;
  a.connection().on_return = OnReturn::broken;
  world.give_back(a);
  auto next = world.acquire_connected();
  ASSERT_TRUE(next.entry);
  EXPECT_TRUE(next.connection().well);
  EXPECT_EQ(world.metrics().closed.unhealthy, 1U);
  world.give_back(next);
}

TEST(PoolCore, AConnectionWhosePeerClosedItIsNotHandedOut) {
  PoolWorld world{{.max_size = 2}};
  auto first = world.acquire_connected();
  world.give_back(first);
  world.alive.front()->peer_closed = true;
  auto next = world.acquire_connected();
  ASSERT_TRUE(next.entry);
  EXPECT_EQ(next.connection().number, 1);
  EXPECT_EQ(world.metrics().closed.broken, 1U);
  world.give_back(next);
}

TEST(PoolCore, IdleConnectionsAreClosedAfterTheirTimeButTheMinimumStays) {
  PoolWorld world{{.max_size = 4, .min_idle = 1, .health_check_after = 0ms, .idle_timeout = 60s}};
  std::vector<Attempt> attempts;
  for (int i = 0; i < 4; ++i) attempts.push_back(world.acquire_connected());
  for (auto& attempt : attempts) world.give_back(attempt);
  world.pass(61s);
  world.perform_all();
  EXPECT_EQ(world.alive.size(), 1U);
  EXPECT_EQ(world.metrics().closed.idle, 3U);
}

TEST(PoolCore, LifetimesEndAtDifferentTimesWithinTheJitter) {
  PoolWorld world{{.max_size = 32,
                   .min_idle = 32,
                   .max_connecting = 32,
                   .health_check_after = 0ms,
                   .idle_timeout = 0ms,
                   .max_lifetime = 100s,
                   .lifetime_jitter = 0.5}};
  auto holder = world.acquire_connected();  // begins the pool
  world.give_back(holder);
  ASSERT_EQ(world.alive.size(), 32U);
  world.pass(49s);
  EXPECT_EQ(world.metrics().closed.lifetime, 0U);
  world.pass(26s);
  const auto half_way = world.metrics().closed.lifetime;
  EXPECT_GT(half_way, 4U);
  EXPECT_LT(half_way, 28U);
  world.pass(26s);
  EXPECT_EQ(world.metrics().closed.lifetime, 32U);
}

TEST(PoolCore, TheBreakerOpensBacksOffAndClosesAfterAProbe) {
  PoolWorld world{{.max_size = 4,
                   .max_connecting = 1,
                   .breaker_failures = 2,
                   .breaker_backoff = 100ms,
                   .breaker_backoff_max = 300ms}};
  world.refuse_connects = true;
  auto waiter = world.acquire();
  world.perform(0);
  EXPECT_TRUE(waiter.waits());  // one failure is not yet a reason to give up
  world.perform(0);
  PoolWorld::settle(waiter);
  EXPECT_EQ(waiter.error, PoolErrc::unhealthy);
  EXPECT_EQ(world.metrics().breaker, PoolMetrics::Breaker::open);
  EXPECT_TRUE(world.jobs.empty());

  world.pass(74ms);  // at least three quarters of the back-off
  EXPECT_TRUE(world.jobs.empty());
  world.pass(26ms);
  ASSERT_EQ(world.jobs.size(), 1U);  // one probe
  EXPECT_EQ(world.metrics().breaker, PoolMetrics::Breaker::half_open);
  EXPECT_EQ(world.acquire().error, PoolErrc::unhealthy);
  world.perform(0);
  EXPECT_EQ(world.metrics().breaker, PoolMetrics::Breaker::open);
  world.pass(149ms);  // doubled
  EXPECT_TRUE(world.jobs.empty());
  world.pass(51ms);
  ASSERT_EQ(world.jobs.size(), 1U);
  world.refuse_connects = false;
  world.perform(0);
  EXPECT_EQ(world.metrics().breaker, PoolMetrics::Breaker::closed);
  auto next = world.acquire();
  EXPECT_TRUE(next.entry);
  world.give_back(next);
}

TEST(PoolCore, WithTheBreakerOpenALivingConnectionIsStillWaitedFor) {
  PoolWorld world{{.max_size = 2, .breaker_failures = 1}};
  auto holder = world.acquire_connected();
  world.refuse_connects = true;
  auto waiter = world.acquire();
  world.perform_all();
  EXPECT_EQ(world.metrics().breaker, PoolMetrics::Breaker::open);
  EXPECT_TRUE(waiter.waits());
  world.give_back(holder);
  PoolWorld::settle(waiter);
  ASSERT_TRUE(waiter.entry);
  world.give_back(waiter);
}

TEST(PoolCore, ALeaseHeldTooLongIsWarnedAboutOnceWithItsRequestId) {
  std::ostringstream lines;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines)));
  PoolWorld world{{.name = "db", .max_size = 1, .leak_warning_after = 5s}};
  auto holder = world.acquire_connected(test::limits({.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"}));
  world.pass(5s);
  EXPECT_EQ(lines.str(), "");
  world.pass(2s);
  world.pass(2s);
  spdlog::set_default_logger(before);
  EXPECT_NE(lines.str().find(
                "pool.lease_held pool=db request_id=8476a536-e9f4-11e8-9739-2dfe598c3fcd held_ms=7000"),
            std::string::npos)
      << lines.str();
  EXPECT_EQ(world.metrics().leaks_reported, 1U);
  world.give_back(holder);
}

TEST(PoolCore, InjectedFaultsFailTheirStep) {
  std::optional<PoolFault> failing;
  PoolWorld world{
      {.max_size = 1, .breaker_failures = 9, .faults = [&](PoolFault step) { return failing == step; }}};
  auto first = world.acquire_connected();
  failing = PoolFault::give_back;
  world.give_back(first);
  world.perform_all();
  EXPECT_EQ(world.metrics().closed.poisoned, 1U);

  failing = PoolFault::connect;
  auto second = world.acquire();
  world.perform(0);
  EXPECT_EQ(world.metrics().connect_failures, 1U);
  failing.reset();
  world.perform_all();
  PoolWorld::settle(second);
  ASSERT_TRUE(second.entry);

  failing = PoolFault::reset;
  second.connection().on_return = OnReturn::reset;
  world.give_back(second);
  world.perform_all();
  EXPECT_EQ(world.metrics().closed.reset_failed, 1U);

  auto third = world.acquire_connected();
  failing = PoolFault::health_check;
  world.give_back(third);
  world.pass(20s);
  world.perform_all();
  EXPECT_EQ(world.metrics().closed.unhealthy, 1U);
}

TEST(PoolCore, CloseFailsWaitersClosesIdleOnesAndLeasesAsTheyComeBack) {
  PoolWorld world{{.max_size = 2}};
  auto a = world.acquire_connected();
  auto b = world.acquire_connected();
  auto waiter = world.acquire();
  world.give_back(b);
  PoolWorld::settle(waiter);
  world.give_back(waiter);
  auto late = world.acquire();
  auto waiting = world.acquire();
  world.core->close();
  PoolWorld::settle(waiting);
  EXPECT_EQ(waiting.error, PoolErrc::closed);
  world.give_back(late);
  world.give_back(a);
  world.perform_all();
  EXPECT_TRUE(world.alive.empty());
  EXPECT_TRUE(world.core->drain(world.clock.now()));
  EXPECT_EQ(world.metrics().closed.shutdown, 2U);
}

TEST(PoolCore, ALeaseThatOutlivesItsPoolClosesItsConnectionAndFreesTheRest) {
  PoolWorld world{{.max_size = 1}};
  const auto lease = world.acquire_connected();
  auto* const core = world.core;
  world.end();
  EXPECT_EQ(world.alive.size(), 1U);
  core->give_back(*lease.entry, false, false);  // deletes the core: the leak checker would tell
  EXPECT_TRUE(world.alive.empty());
}

TEST(PoolBreaker, DemandIsWhatWaitersAndTheMinimumLackWithinTheLimits) {
  const PoolOptions options{.max_size = 10, .min_idle = 3, .max_connecting = 4};
  using pool::connections_to_create;
  EXPECT_EQ(connections_to_create({}, options), 3U);
  EXPECT_EQ(connections_to_create({.waiters = 5}, options), 4U);
  EXPECT_EQ(connections_to_create({.waiters = 5, .connecting = 3, .existing = 3}, options), 1U);
  EXPECT_EQ(connections_to_create({.waiters = 5, .existing = 9}, options), 1U);
  EXPECT_EQ(connections_to_create({.idle = 1, .checking = 2, .existing = 3}, options), 0U);
  EXPECT_EQ(connections_to_create({.waiters = 2, .connecting = 5, .existing = 5}, options), 0U);
}

}  // namespace
}  // namespace lmi::test
