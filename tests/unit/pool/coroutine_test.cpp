// Acquiring from coroutines.

#include "lmi/pool_async.hpp"
#include "support/acquire_limits.hpp"

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

#include <atomic>
#include <optional>
#include <thread>

namespace lmi::test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

PoolHooks<int> numbers() {
  return {.connect = [](const ConnectLimits&) -> Result<std::unique_ptr<int>> {
    return std::make_unique<int>(0);
  }};
}

template <class Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

/// Workers as a function has them.
class Workers {
 public:
  explicit Workers(int count) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this] { io_.run(); });
  }
  ~Workers() { stop(); }
  void stop() {
    io_.stop();
    for (auto& thread : threads_)
      if (thread.joinable()) thread.join();
  }
  auto strand() { return asio::make_strand(io_); }

 private:
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::vector<std::thread> threads_;
};

Task<void> use_often(Pool<int>& pool, int rounds, std::atomic<int>& inside, std::atomic<int>& most) {
  const auto limits = test::limits({.request_id = "coroutine"});
  for (int round = 0; round < rounds; ++round) {
    auto lease = (co_await async_acquire(pool, limits)).value();
    const int now = ++inside;
    int before = most;
    while (now > before && !most.compare_exchange_weak(before, now)) {
    }
    ++*lease;
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    --inside;
  }
}

TEST(PoolCoroutines, AThousandShareFourConnections) {
  Workers workers{2};
  Pool<int> pool{{.max_size = 4, .max_waiters = 1000, .acquire_timeout = 60s}, numbers()};
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::vector<std::future<void>> done;
  for (int i = 0; i < 1000; ++i)
    done.push_back(asio::co_spawn(workers.strand(), use_often(pool, 5, inside, most), asio::use_future));
  for (auto& each : done) each.get();
  EXPECT_LE(most, 4);
  EXPECT_EQ(pool.metrics().acquired, 5000U);
  EXPECT_EQ(pool.metrics().in_use, 0U);
}

Task<PoolErrc> error_of(Pool<int>& pool, AcquireLimits limits) {
  const auto lease = co_await async_acquire(pool, std::move(limits));
  co_return lease.error().code;
}

TEST(PoolCoroutines, TimeoutDeadlineAndStopEndTheWait) {
  Workers workers{1};
  Pool<int> pool{{.max_size = 1}, numbers()};
  const auto held = pool.acquire().value();
  std::stop_source source;
  auto by_timeout =
      asio::co_spawn(workers.strand(), error_of(pool, AcquireLimits::within(5ms)), asio::use_future);
  auto by_deadline =
      asio::co_spawn(workers.strand(), error_of(pool, AcquireLimits{std::chrono::steady_clock::now() + 5ms}),
                     asio::use_future);
  auto by_stop = asio::co_spawn(workers.strand(),
                                error_of(pool, test::limits({.timeout = 1h, .stop = source.get_token()})),
                                asio::use_future);
  EXPECT_EQ(by_timeout.get(), PoolErrc::timed_out);
  EXPECT_EQ(by_deadline.get(), PoolErrc::timed_out);
  ASSERT_TRUE(eventually([&] { return pool.metrics().waiters == 1; }));
  source.request_stop();
  EXPECT_EQ(by_stop.get(), PoolErrc::stopped);
}

Task<void> take_and_keep(Pool<int>& pool, std::optional<Lease<int>>& kept) {
  kept = (co_await async_acquire(pool, AcquireLimits::within(1h))).value();
}

TEST(PoolCoroutines, ACancelledOneLeavesTheQueueAndSwallowsNothing) {
  Workers workers{1};
  Pool<int> pool{{.max_size = 1}, numbers()};
  auto held = pool.acquire().value();
  std::optional<Lease<int>> never;
  asio::cancellation_signal cancel;
  const auto strand = workers.strand();
  auto cancelled = asio::co_spawn(strand, take_and_keep(pool, never),
                                  asio::bind_cancellation_slot(cancel.slot(), asio::use_future));
  ASSERT_TRUE(eventually([&] { return pool.metrics().waiters == 1; }));
  asio::post(strand, [&] { cancel.emit(asio::cancellation_type::terminal); });
  EXPECT_THROW(cancelled.get(), boost::system::system_error);
  EXPECT_EQ(pool.metrics().waiters, 0U);
  held.release();
  EXPECT_EQ(pool.metrics().idle, 1U);
  EXPECT_FALSE(never);
}

TEST(PoolCoroutines, AWorkerPoolThatEndsTakesItsWaitingCoroutinesAlong) {
  for (int round = 0; round < 20; ++round) {
    Pool<int> pool{{.max_size = 1}, numbers()};
    auto held = pool.acquire().value();
    std::optional<Lease<int>> never;
    {
      Workers workers{2};
      asio::co_spawn(workers.strand(), take_and_keep(pool, never), asio::detached);
      ASSERT_TRUE(eventually([&] { return pool.metrics().waiters == 1; }));
      // The connection comes back while the workers go: it must not be lost on its way.
      std::thread returning{[&] { held.release(); }};
      workers.stop();
      returning.join();
    }
    never.reset();
    EXPECT_EQ(pool.metrics().waiters, 0U);
    EXPECT_EQ(pool.metrics().in_use, 0U);
    EXPECT_EQ(pool.metrics().idle, 1U);
  }
}

}  // namespace
}  // namespace lmi::test
