// bench:pool: what acquiring and returning an idle connection costs, beside a pool of a mutex and a vector in
// the same run. "locks" is how many pthread mutexes the measured thread locked for each acquire and return.

#include "lmi/pool.hpp"
#include "support/counting_locks.hpp"

#include <benchmark/benchmark.h>

#include <memory>
#include <mutex>
#include <vector>

namespace {

struct Connection {
  int uses = 0;
};
constexpr std::size_t connections = 16;

lmi::PoolOptions options(std::size_t shards) {
  return {.name = "bench", .max_size = connections, .min_idle = connections, .shards = shards};
}
lmi::PoolHooks<Connection> hooks() {
  return {.connect = [](const lmi::ConnectLimits&) -> lmi::Result<std::unique_ptr<Connection>> {
    return std::make_unique<Connection>();
  }};
}

lmi::Pool<Connection>& warm(lmi::Pool<Connection>& pool) {
  pool.warm_up(std::chrono::minutes{1}).value();
  return pool;
}

/// What most programs have: correct, and nothing else.
class MutexPool {
 public:
  MutexPool() {
    for (std::size_t i = 0; i < connections; ++i) idle_.push_back(std::make_unique<Connection>());
  }
  std::unique_ptr<Connection> acquire() {
    const std::lock_guard lock{mutex_};
    auto taken = std::move(idle_.back());
    idle_.pop_back();
    return taken;
  }
  void give_back(std::unique_ptr<Connection> connection) {
    const std::lock_guard lock{mutex_};
    idle_.push_back(std::move(connection));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

template <class Step>
void measure(benchmark::State& state, Step step) {
  const auto before = lmi::test::mutexes_locked();
  for (auto _ : state) step();
  state.counters["locks"] = benchmark::Counter(static_cast<double>(lmi::test::mutexes_locked() - before),
                                               benchmark::Counter::kAvgIterations);
}

void pool_of_a_mutex_and_a_vector(benchmark::State& state) {
  static MutexPool pool;
  measure(state, [] {
    auto connection = pool.acquire();
    benchmark::DoNotOptimize(++connection->uses);
    pool.give_back(std::move(connection));
  });
}

/// The same, and the time at both ends, which everything with idle times and deadlines has to ask for.
void pool_of_a_mutex_a_vector_and_a_clock(benchmark::State& state) {
  static MutexPool pool;
  measure(state, [] {
    benchmark::DoNotOptimize(std::chrono::steady_clock::now());
    auto connection = pool.acquire();
    benchmark::DoNotOptimize(++connection->uses);
    benchmark::DoNotOptimize(std::chrono::steady_clock::now());
    pool.give_back(std::move(connection));
  });
}

void pool_sharded(benchmark::State& state) {
  static lmi::Pool<Connection> pool{options(0), hooks()};
  static auto& warmed = warm(pool);
  measure(state, [] {
    const auto lease = warmed.acquire().value();
    benchmark::DoNotOptimize(++lease->uses);
  });
}

void pool_sharded_for_an_invocation(benchmark::State& state) {
  static lmi::Pool<Connection> pool{options(0), hooks()};
  static auto& warmed = warm(pool);
  const std::stop_source source;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::hours{1};
  measure(state, [&] {
    lmi::AcquireLimits limits{deadline};
    limits.stop = source.get_token();
    limits.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
    const auto lease = warmed.acquire(limits).value();
    benchmark::DoNotOptimize(++lease->uses);
  });
}

void pool_with_one_shard(benchmark::State& state) {
  static lmi::Pool<Connection> pool{options(1), hooks()};
  static auto& warmed = warm(pool);
  measure(state, [] {
    const auto lease = warmed.acquire().value();
    benchmark::DoNotOptimize(++lease->uses);
  });
}

void clock_alone(benchmark::State& state) {
  measure(state, [] { benchmark::DoNotOptimize(std::chrono::steady_clock::now()); });
}

}  // namespace

BENCHMARK(clock_alone);
BENCHMARK(pool_of_a_mutex_and_a_vector)->ThreadRange(1, 8)->UseRealTime();
BENCHMARK(pool_of_a_mutex_a_vector_and_a_clock)->ThreadRange(1, 8)->UseRealTime();
BENCHMARK(pool_sharded)->ThreadRange(1, 8)->UseRealTime();
BENCHMARK(pool_sharded_for_an_invocation)->Threads(1)->UseRealTime();
BENCHMARK(pool_with_one_shard)->ThreadRange(1, 8)->UseRealTime();
