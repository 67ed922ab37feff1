// Pool<T> with its threads.

#include "lmi/pool.hpp"

#include "lmi/pool_budget.hpp"
#include "support/acquire_limits.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <future>
#include <latch>
#include <random>
#include <stdexcept>
#include <thread>

namespace lmi::test {
namespace {

using namespace std::chrono_literals;

/// Counts those alive, and notices two users at once.
class Plug {
 public:
  explicit Plug(std::atomic<int>& alive) : alive_{alive} { ++alive_; }
  ~Plug() {
    EXPECT_FALSE(used_.load());
    --alive_;
  }
  Plug(const Plug&) = delete;
  Plug& operator=(const Plug&) = delete;

  void enter() { EXPECT_FALSE(used_.exchange(true)) << "two users at once"; }
  void leave() { used_ = false; }

 private:
  std::atomic<int>& alive_;
  std::atomic<bool> used_{false};
};

struct Plugs {
  std::atomic<int> alive{0};
  std::atomic<int> most{0};

  PoolHooks<Plug> hooks() {
    return {.connect = [this](const ConnectLimits&) -> Result<std::unique_ptr<Plug>> {
      auto made = std::make_unique<Plug>(alive);
      int seen = alive;
      int before = most;
      while (seen > before && !most.compare_exchange_weak(before, seen)) {
      }
      return made;
    }};
  }
};

/// Waits for something that happens on another thread.
template <class Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(Pool, LendsWhatTheFactoryMakesAndTakesItBack) {
  Plugs plugs;
  Pool<Plug> pool{{.max_size = 2}, plugs.hooks()};
  EXPECT_EQ(plugs.alive, 0);  // nothing before the first use
  {
    auto lease = pool.acquire().value();
    lease->enter();
    lease->leave();
    auto moved = std::move(lease);
    EXPECT_FALSE(lease);  // NOLINT(bugprone-use-after-move): that is what is tested
    EXPECT_EQ(pool.metrics().in_use, 1U);
  }
  EXPECT_EQ(pool.metrics().idle, 1U);
  EXPECT_TRUE(pool.drain(30s));
  EXPECT_EQ(plugs.alive, 0);
  EXPECT_EQ(pool.acquire().error().code, PoolErrc::closed);
}

TEST(Pool, AWaitEndsOnTimeThoughEveryConnectHangs) {
  Pool<int> pool{{.max_connecting = 2, .acquire_timeout = 20ms},
                 {.connect = [](const ConnectLimits& limits) -> Result<std::unique_ptr<int>> {
                   std::promise<void> stopped;
                   const std::stop_callback on_stop{limits.stop, [&] { stopped.set_value(); }};
                   stopped.get_future().wait();
                   return Error{.type = "Stopped", .message = "stopped"};
                 }}};
  EXPECT_EQ(pool.acquire().error().code, PoolErrc::timed_out);
  EXPECT_EQ(pool.acquire(AcquireLimits{std::chrono::steady_clock::now() + 10ms}).error().code,
            PoolErrc::timed_out);
}

TEST(Pool, AStopRequestEndsTheWait) {
  Plugs plugs;
  Pool<Plug> pool{{.max_size = 1, .acquire_timeout = 1h}, plugs.hooks()};
  auto held = pool.acquire().value();
  std::stop_source source;
  auto waiting = std::async(std::launch::async, [&] {
    return pool.acquire(test::limits({.stop = source.get_token()})).error().code;
  });
  ASSERT_TRUE(eventually([&] { return pool.metrics().waiters == 1; }));
  source.request_stop();
  EXPECT_EQ(waiting.get(), PoolErrc::stopped);
}

TEST(Pool, PoisonAndEscapingExceptionsCloseTheConnection) {
  Plugs plugs;
  Pool<Plug> pool{{.max_size = 1, .discard_on_exception = true}, plugs.hooks()};
  pool.acquire().value().poison();
  try {
    const auto lease = pool.acquire().value();
    throw std::runtime_error{"in the middle"};
  } catch (const std::runtime_error&) {
  }
  { const auto lease = pool.acquire().value(); }
  const auto closed = pool.metrics().closed;
  EXPECT_EQ(closed.poisoned, 1U);
  EXPECT_EQ(closed.exception, 1U);
  EXPECT_EQ(closed.total(), 2U);
}

TEST(Pool, WarmUpWaitsForTheMinimum) {
  Plugs plugs;
  Pool<Plug> pool{{.max_size = 8, .min_idle = 5}, plugs.hooks()};
  EXPECT_TRUE(pool.warm_up(30s));
  EXPECT_EQ(pool.metrics().idle, 5U);
}

TEST(Pool, WarmUpSaysWhatFailedAndWhatWasSlow) {
  std::atomic<int> asked{0};
  Pool<int> pool{{.name = "db", .min_idle = 3, .max_connecting = 2, .breaker_failures = 100},
                 {.connect = [&](const ConnectLimits& limits) -> Result<std::unique_ptr<int>> {
                   if (asked++ == 0) return Error{.type = "Refused", .message = "no route to host"};
                   std::promise<void> stopped;
                   const std::stop_callback on_stop{limits.stop, [&] { stopped.set_value(); }};
                   stopped.get_future().wait();
                   return Error{.type = "Stopped", .message = "stopped"};
                 }}};
  EXPECT_FALSE(pool.warm_up(1ms));  // begins
  ASSERT_TRUE(eventually([&] {
    const auto shown = pool.metrics();
    return shown.connect_failures == 1 && shown.connecting == 2;
  }));
  auto ready = pool.warm_up(1ms);
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().type, "PoolNotReady");
  EXPECT_NE(ready.error().message.find("pool \"db\": 0 of 3 connections"), std::string::npos)
      << ready.error().message;
  EXPECT_NE(ready.error().message.find("slow: 2 connecting"), std::string::npos) << ready.error().message;
  EXPECT_NE(ready.error().message.find("no route to host"), std::string::npos) << ready.error().message;
}

TEST(Pool, SettingsThatContradictEachOtherAreNamed) {
  Plugs plugs;
  try {
    const Pool<Plug> pool{{.name = "db", .max_size = 2, .min_idle = 3, .max_connecting = 0}, plugs.hooks()};
    FAIL() << "no exception";
  } catch (const Error& error) {
    EXPECT_EQ(error.type, "InvalidPool");
    EXPECT_EQ(error.message,
              "pool \"db\": min_idle must not be over max_size; max_connecting must be at least 1");
  }
}

TEST(Pool, DestructionWhileLeasesComeBackFreesEverything) {
  for (int round = 0; round < 50; ++round) {
    Plugs plugs;
    auto pool = std::make_unique<Pool<Plug>>(PoolOptions{.max_size = 4}, plugs.hooks());
    std::vector<Lease<Plug>> leases;
    for (int i = 0; i < 4; ++i) leases.push_back(pool->acquire().value());
    std::latch together{5};
    std::vector<std::thread> threads;
    for (auto& lease : leases) {
      threads.emplace_back([&together, &lease] {
        together.arrive_and_wait();
        lease.release();
      });
    }
    together.arrive_and_wait();
    pool.reset();
    for (auto& thread : threads) thread.join();
    ASSERT_EQ(plugs.alive, 0);
  }
}

TEST(Pool, UnderRandomLoadNeverMoreThanTheMaximumNeverTwoUsersAndNothingLost) {
  constexpr int threads = 8;
  constexpr int rounds = 3000;
  Plugs plugs;
  Pool<Plug> pool{{.max_size = 3,
                   .min_idle = 1,
                   .max_waiters = 6,
                   .health_check_after = 1ms,
                   .idle_timeout = 2ms,
                   .max_lifetime = 20ms,
                   .leak_warning_after = 0ms,
                   .maintenance_interval = 1ms,
                   .shards = 3},
                  plugs.hooks()};
  std::atomic<std::uint64_t> got{0};
  std::atomic<std::uint64_t> refused{0};
  std::barrier together{threads};
  std::vector<std::thread> users;
  for (unsigned seed = 0; seed < threads; ++seed) {
    users.emplace_back([&, seed] {
      std::minstd_rand random{seed + 1};
      together.arrive_and_wait();
      for (int round = 0; round < rounds; ++round) {
        const auto what = random() % 16;
        std::stop_source source;
        auto limits = test::limits(
            {.timeout = what < 4 ? std::chrono::milliseconds{what} : 10s, .request_id = "request"});
        if (what == 5) limits.stop = source.get_token();
        std::thread stopper;
        if (what == 5 && round % 50 == 0) stopper = std::thread{[&] { source.request_stop(); }};
        if (auto lease = pool.acquire(limits)) {
          ++got;
          (*lease)->enter();
          if (what % 3 == 0) std::this_thread::yield();
          (*lease)->leave();
          if (what == 6) lease->poison();
        } else {
          ++refused;
        }
        if (stopper.joinable()) stopper.join();
      }
    });
  }
  for (auto& user : users) user.join();
  EXPECT_EQ(got + refused, static_cast<std::uint64_t>(threads) * rounds);
  EXPECT_LE(plugs.most, 3);
  const auto shown = pool.metrics();
  EXPECT_EQ(shown.in_use, 0U);
  EXPECT_EQ(shown.waiters, 0U);
  EXPECT_EQ(shown.acquired, got);
  EXPECT_GT(shown.closed.poisoned, 0U);
  EXPECT_TRUE(pool.drain(30s));
  EXPECT_EQ(plugs.alive, 0);
}

TEST(Pool, EveryWaiterIsServedThoughOthersTakeAndReturnAllTheTime) {
  Plugs plugs;
  Pool<Plug> pool{{.max_size = 1, .acquire_timeout = 60s, .shards = 4}, plugs.hooks()};
  std::atomic<bool> end{false};
  std::vector<std::thread> greedy;
  for (int i = 0; i < 3; ++i)
    greedy.emplace_back([&] {
      while (!end) static_cast<void>(pool.acquire());
    });
  for (int i = 0; i < 500; ++i) EXPECT_TRUE(pool.acquire());
  end = true;
  for (auto& thread : greedy) thread.join();
}

TEST(PoolMetrics, ThePrometheusTextHasEachFamilyOnceAndALineForEachPool) {
  Plugs plugs;
  Pool<Plug> pool{{.name = "a\"b", .max_size = 2}, plugs.hooks()};
  { const auto lease = pool.acquire().value(); }
  PoolMetrics other;
  other.name = "other";
  const std::array pools{pool.metrics(), other};
  const auto text = to_prometheus(pools);
  const auto count = [&](std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("# TYPE lmi_pool_connections gauge\n"), 1U);
  EXPECT_EQ(count("lmi_pool_connections{pool=\"a\\\"b\",state=\"idle\"} 1\n"), 1U) << text;
  EXPECT_EQ(count("lmi_pool_connections{pool=\"other\",state=\"idle\"} 0\n"), 1U);
  EXPECT_EQ(count("lmi_pool_acquired_total{pool=\"a\\\"b\"} 1\n"), 1U);
  EXPECT_EQ(count("lmi_pool_acquire_wait_seconds_bucket{pool=\"a\\\"b\",le=\"+Inf\"} 1\n"), 1U);
  EXPECT_EQ(count("lmi_pool_acquire_wait_seconds_bucket{pool=\"a\\\"b\",le=\"0.0001\"}"), 1U);
  EXPECT_EQ(count("lmi_pool_closed_total{pool=\"other\",reason=\"poisoned\"} 0\n"), 1U);
  EXPECT_EQ(text.back(), '\n');
}

TEST(PoolBudget, WarnsAboutDescriptorsServersDeadlocksAndWaits) {
  const std::vector<PoolDemand> pools{
      {.name = "db", .max_size = 64, .leases_per_request = 2, .server_limit = 97},
      {.name = "cache", .max_size = 4000, .leases_per_request = 1}};
  const auto budget =
      check_pool_budget({.slots = 64, .environments = 3, .descriptors = 4096, .reserved = 64}, pools);
  ASSERT_FALSE(budget.fits());
  const auto warned = [&](std::string_view part) {
    return std::any_of(budget.warnings.begin(), budget.warnings.end(),
                       [&](const auto& warning) { return warning.find(part) != std::string::npos; });
  };
  EXPECT_TRUE(
      warned("3 environments x 64 connections = 192, but the server takes 97: lower max_size to 32 or less"));
  EXPECT_TRUE(warned("raise max_size to 65 or more"));
  EXPECT_TRUE(warned("64 slots x 2 leases = 128, but max_size is 64"));
  EXPECT_TRUE(warned("4192 descriptors are needed"));
  EXPECT_EQ(budget.warnings.size(), 4U);
  EXPECT_NE(budget.table().find("cache                    4000       64         4000"), std::string::npos)
      << budget.table();
}

TEST(PoolBudget, WorkerProcessesHavePoolsOfTheirOwnAndTheirShareOfTheSlots) {
  const std::vector<PoolDemand> pools{{.name = "db", .max_size = 16, .server_limit = 97}};
  const auto budget = check_pool_budget({.slots = 63, .environments = 3, .processes = 4}, pools);
  EXPECT_EQ(budget.rows.at(0).at_server, 3U * 4U * 16U);
  EXPECT_EQ(budget.rows.at(0).wanted, 16U);  // of 63 slots one process has 15, the others 16
  EXPECT_EQ(budget.descriptors, 16U + 16U + 64U);
  ASSERT_EQ(budget.warnings.size(), 1U) << budget.table();
  EXPECT_NE(
      budget.warnings[0].find("3 environments x 4 processes x 16 connections = 192, but the server takes "
                              "97: lower max_size to 8 or less"),
      std::string::npos)
      << budget.warnings[0];
  EXPECT_NE(budget.table().find("63 slots, 3 environments at most, 4 processes each"), std::string::npos);
}

TEST(PoolBudget, AClientOfTheAwsSdkIsCheckedAsAnyPoolIs) {
  const std::vector<PoolDemand> pools{{.name = "S3Client", .max_size = 25}};
  EXPECT_TRUE(check_pool_budget({.slots = 25}, pools).fits());
  const auto budget = check_pool_budget({.slots = 26}, pools);
  ASSERT_EQ(budget.warnings.size(), 1U);
  EXPECT_NE(budget.warnings[0].find("26 slots x 1 leases = 26, but max_size is 25"), std::string::npos);
}

TEST(PoolBudget, SaysNothingWhenEverythingFits) {
  const std::vector<PoolDemand> pools{{.name = "db", .max_size = 16, .server_limit = 97}};
  const auto budget = check_pool_budget({.slots = 16, .environments = 3}, pools);
  EXPECT_TRUE(budget.fits()) << budget.table();
  EXPECT_EQ(budget.descriptors, 16U + 16U + 64U);
  EXPECT_GE(PoolBudgetLimits::of_this_process(1).slots, 1U);
}

}  // namespace
}  // namespace lmi::test
