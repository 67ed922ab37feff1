// Both components from coroutines on two workers, against real servers. The one file of these tests that sees
// Asio.

#include "contract/pools/load.hpp"
#include "lmi/pool_async.hpp"
#include "lmi/postgres_async.hpp"
#include "lmi/redis_async.hpp"
#include "support/server_process.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace lmi::test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using PostgresPool = Pool<postgres::Connection>;
using RedisPool = Pool<redis::Connection>;
using Clock = std::chrono::steady_clock;

class Workers {
 public:
  Workers() {
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { io_.run(); });
  }
  ~Workers() {
    io_.stop();
    for (auto& thread : threads_) thread.join();
  }
  auto strand() { return asio::make_strand(io_); }

 private:
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::vector<std::thread> threads_;
};

PoolOptions quick(std::string name) {
  return {.name = std::move(name), .max_size = 8, .breaker_backoff = 20ms, .breaker_backoff_max = 200ms};
}

Task<void> use_postgres(PostgresPool& pool, Load& load) {
  while (!load.ends()) {
    const auto limits = Load::limits_for_one();
    bool well = false;
    if (auto lease = co_await async_acquire(pool, limits)) {
      const auto rows =
          co_await postgres::async_query(**lease, limits, "SELECT $1::int + 1, pg_sleep(0.001)", 41);
      well = rows && rows->get<int>(0, 0) == 42;
      if (!rows) {
        EXPECT_NE((*lease)->inspect(), OnReturn::reuse);
      }
    }
    load.finished(limits.deadline, well);
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  }
}

Task<void> use_redis(RedisPool& pool, Load& load) {
  while (!load.ends()) {
    const auto limits = Load::limits_for_one();
    bool well = false;
    if (auto lease = co_await async_acquire(pool, limits)) {
      const auto reply = co_await redis::async_command(**lease, limits, "INCR", "load");
      well = reply.has_value();
      if (!well) {
        EXPECT_NE((*lease)->inspect(), OnReturn::reuse);
      }
    }
    load.finished(limits.deadline, well);
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  }
}

template <class Server, class Hooks, class Connection>
void kill_and_restart(Server& server, Hooks hooks, Task<void> (*use)(Pool<Connection>&, Load&)) {
  Pool<Connection> pool{quick("load"), std::move(hooks)};
  Load load;
  Workers workers;
  std::vector<std::future<void>> users;
  for (int i = 0; i < 64; ++i)
    users.push_back(asio::co_spawn(workers.strand(), use(pool, load), asio::use_future));
  kill_and_restart_under(load, server);
  for (auto& user : users) user.get();
  EXPECT_FALSE(load.late());
  EXPECT_EQ(pool.metrics().in_use, 0U);
  EXPECT_EQ(pool.metrics().waiters, 0U);
  EXPECT_TRUE(pool.drain(60s));
}

TEST(PoolServersFromCoroutines, APostgresKilledAndRestartedUnderLoadHangsNobodyAndRecovers) {
  PostgresServer server;
  kill_and_restart(server, postgres::hooks({.conninfo = server.conninfo()}), use_postgres);
}

TEST(PoolServersFromCoroutines, ARedisKilledAndRestartedUnderLoadHangsNobodyAndRecovers) {
  RedisServer server;
  kill_and_restart(server, redis::hooks({.unix_socket = server.socket()}), use_redis);
}

Task<redis::Errc> overrun(RedisPool& pool, AcquireLimits limits) {
  auto lease = (co_await async_acquire(pool)).value();
  const auto reply = co_await redis::async_command(*lease, std::move(limits), "BLPOP", "nothing", "0");
  co_return reply.error().code;
}

const AcquireLimits no_limits{};

Task<void> wait_for_ever(RedisPool& pool, std::atomic<bool>& begun) {
  auto lease = (co_await async_acquire(pool)).value();
  begun = true;
  static_cast<void>(co_await redis::async_command(*lease, no_limits, "BLPOP", "nothing", "0"));
}

TEST(PoolServersFromCoroutines, DeadlineStopAndCancellationEndACommandAndCloseItsConnection) {
  RedisServer server;
  RedisPool pool{patient(quick("cache")), redis::hooks({.unix_socket = server.socket()})};
  Workers workers;
  auto late =
      asio::co_spawn(workers.strand(), overrun(pool, AcquireLimits{Clock::now() + 20ms}), asio::use_future);
  EXPECT_EQ(late.get(), redis::Errc::timed_out);

  std::stop_source source;
  auto stopped =
      asio::co_spawn(workers.strand(), overrun(pool, limits({.stop = source.get_token()})), asio::use_future);
  source.request_stop();
  EXPECT_EQ(stopped.get(), redis::Errc::stopped);

  std::atomic<bool> begun{false};
  asio::cancellation_signal cancel;
  const auto strand = workers.strand();
  auto cancelled = asio::co_spawn(strand, wait_for_ever(pool, begun),
                                  asio::bind_cancellation_slot(cancel.slot(), asio::use_future));
  while (!begun) std::this_thread::yield();
  asio::post(strand, [&] { cancel.emit(asio::cancellation_type::terminal); });
  EXPECT_THROW(cancelled.get(), boost::system::system_error);
  EXPECT_EQ(pool.metrics().closed.discarded, 3U);

  std::atomic<bool> begun_too{false};
  {
    Workers short_lived;
    asio::co_spawn(short_lived.strand(), wait_for_ever(pool, begun_too), asio::detached);
    while (!begun_too) std::this_thread::yield();
  }
  EXPECT_EQ(pool.metrics().closed.discarded, 4U);
  EXPECT_EQ(pool.metrics().in_use, 0U);
}

}  // namespace
}  // namespace lmi::test
