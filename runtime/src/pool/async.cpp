// PoolCore's acquire for coroutines. The one file of the pool that sees Asio's machinery.

#include "lmi/pool_async.hpp"
#include "pool/core.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <mutex>

namespace lmi::detail {
namespace {

namespace asio = boost::asio;

/// Waits on a timer that never ends and is cancelled by wake(): so the suspended coroutine belongs to its
/// io_context, which destroys it when it goes, and Asio's own cancellation works.
///
/// The timer is the frame's. Nothing of Asio's is kept here, because this may outlive the io_context.
class CoroutineWaiter final : public PoolWaiter, public std::enable_shared_from_this<CoroutineWaiter> {
 public:
  CoroutineWaiter(AcquireLimits limits, asio::steady_timer& timer)
      : PoolWaiter{std::move(limits)}, timer_{&timer} {}

  void wake() noexcept override {
    const std::lock_guard lock{mutex_};
    woken_ = true;
    if (timer_) asio::post(timer_->get_executor(), [self = shared_from_this()] { self->resume(); });
  }

  [[nodiscard]] bool woken() {
    const std::lock_guard lock{mutex_};
    return woken_;
  }

  /// The frame goes: nothing is to be resumed any more.
  void leave() {
    const std::lock_guard lock{mutex_};
    timer_ = nullptr;
  }

 private:
  /// On the timer's executor.
  void resume() {
    const std::lock_guard lock{mutex_};
    if (timer_) timer_->cancel();
  }

  std::mutex mutex_;
  bool woken_ = false;
  asio::steady_timer* timer_;  ///< Null once the frame is gone.
};

/// Lives in the coroutine's frame: whatever ends that frame, the waiter leaves the queue, and a connection
/// nobody took goes to the next waiter.
class Waiting {
 public:
  Waiting(PoolCore& core, std::shared_ptr<CoroutineWaiter> waiter)
      : core_{core}, waiter_{std::move(waiter)} {}
  ~Waiting() {
    waiter_->leave();
    if (taken_) return;
    if (core_.take_out(*waiter_, PoolErrc::stopped)) return;
    if (const auto outcome = waiter_->outcome()) core_.give_back(**outcome, false, false);
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  PoolResult<PoolEntry*> take() {
    taken_ = true;
    return waiter_->outcome();
  }

 private:
  PoolCore& core_;
  const std::shared_ptr<CoroutineWaiter> waiter_;  // shared with the queue and with a wake-up under way
  bool taken_ = false;
};

}  // namespace

Task<PoolResult<PoolGrant>> acquire_grant(PoolCore& core, AcquireLimits limits) {
  const auto grant = [&core](PoolResult<PoolEntry*> entry) -> PoolResult<PoolGrant> {
    if (!entry) return std::move(entry).error();
    return PoolGrant{&core, *entry, (*entry)->resource};
  };
  if (auto outcome = core.acquire_now(limits)) co_return grant(*std::move(outcome));

  asio::steady_timer timer{co_await asio::this_coro::executor, SteadyTime::max()};
  const auto waiter = std::make_shared<CoroutineWaiter>(limits, timer);
  if (auto outcome = core.queue(waiter)) co_return grant(*std::move(outcome));

  Waiting waiting{core, waiter};
  const std::stop_callback on_stop{limits.stop, [&] { core.take_out(*waiter, PoolErrc::stopped); }};
  while (!waiter->woken()) {
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    if (cancelled != asio::cancellation_type::none)
      throw boost::system::system_error{asio::error::operation_aborted};
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return grant(waiting.take());
}

}  // namespace lmi::detail
