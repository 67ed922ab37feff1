// What could be written inside a co_await expression so that g++ 12 destroys it twice (an aggregate in
// braces, also of a default argument; a lambda with captures) must not compile, or be no aggregate.

#include "lmi/async.hpp"
#include "lmi/events/async_batch.hpp"
#include "lmi/events/sqs.hpp"
#include "lmi/http_client.hpp"
#include "lmi/pool_async.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <type_traits>
#include <utility>

namespace lmi {
namespace {

static_assert(!std::is_aggregate_v<AcquireLimits>);
static_assert(!std::is_aggregate_v<HttpLimits>);

template <class Stream>
concept TakesTemporaryPrelude = requires(Stream& stream) {
  stream.begin_http({.status = 200});
};
template <class Stream>
concept TakesNamedPrelude = requires(Stream& stream, const HttpPrelude& prelude) {
  stream.begin_http(prelude);
};
static_assert(!TakesTemporaryPrelude<AsyncResponseStream>);
static_assert(TakesNamedPrelude<AsyncResponseStream>);
static_assert(TakesTemporaryPrelude<ResponseStream>);  // nothing is awaited there

template <class F>
concept BatchFunction = requires(SqsEvent event, Context context, F&& f) {
  process_batch_async(event, context, std::forward<F>(f));
};
using Owning = decltype([owned = std::shared_ptr<int>{}](const SqsMessage&) -> Task<void> { co_return; });
using Plain = decltype([](const SqsMessage&) -> Task<void> { co_return; });
static_assert(!BatchFunction<Owning>);
static_assert(BatchFunction<Owning&>);
static_assert(BatchFunction<Plain>);

Task<bool> acquires_with_temporary_limits(Pool<int>& pool, std::stop_token stop) {
  const auto by_default = co_await async_acquire(pool);
  const auto braced = co_await async_acquire(pool, {});
  const auto of_a_call = co_await async_acquire(pool, AcquireLimits::within(std::chrono::seconds{60}));
  co_return by_default&& braced&& of_a_call&& stop.stop_possible();
}

TEST(Temporaries, LimitsInsideACoAwaitExpressionAreDestroyedOnce) {
  Pool<int> pool{{.max_size = 3}, {.connect = [](const ConnectLimits&) -> Result<std::unique_ptr<int>> {
                   return std::make_unique<int>(1);
                 }}};
  std::stop_source source;
  boost::asio::io_context io;
  auto done = boost::asio::co_spawn(io, acquires_with_temporary_limits(pool, source.get_token()),
                                    boost::asio::use_future);
  io.run();
  EXPECT_TRUE(done.get());
}

}  // namespace
}  // namespace lmi
