// That the fast path takes no lock: counted at pthread_mutex_lock, for the thread that acquires.

#include "lmi/pool.hpp"
#include "support/acquire_limits.hpp"
#include "support/counting_locks.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace lmi::test {
namespace {

TEST(PoolLocks, AcquireAndReturnOfAnIdleConnectionTakeNone) {
  Pool<int> pool{{.max_size = 4, .min_idle = 4},
                 {.connect = [](const ConnectLimits&) -> Result<std::unique_ptr<int>> {
                   return std::make_unique<int>(1);
                 }}};
  ASSERT_TRUE(pool.warm_up(std::chrono::seconds{30}));

  const auto limits = test::limits({.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"});
  const auto locks_before = mutexes_locked();
  std::uint64_t sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto lease = pool.acquire(limits);
    sum += static_cast<std::uint64_t>(**lease);
  }
  EXPECT_EQ(mutexes_locked() - locks_before, 0U);
  EXPECT_EQ(sum, 100'000U);
  EXPECT_EQ(pool.metrics().waited, 0U);
}

TEST(PoolLocks, TheCounterCounts) {
  const auto before = mutexes_locked();
  std::mutex mutex;
  mutex.lock();
  mutex.unlock();
  EXPECT_EQ(mutexes_locked() - before, 1U);
}

}  // namespace
}  // namespace lmi::test
