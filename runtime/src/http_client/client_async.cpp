// The one source file of the client that sees coroutines.

// g++ 12 inlines the operator new of Asio's coroutine frames and not their operator delete, and then takes
// the two for a mismatch (optimised builds only).
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

#include "http_client/call.hpp"
#include "http_client/stop_shutdown.hpp"
#include "lmi/http_client_async.hpp"
#include "lmi/pool_async.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <variant>

namespace lmi::http_client {
namespace {

namespace asio = boost::asio;
constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

/// What a suspended call waits with. Shared by the coroutine and by those handlers of its timer and its stop
/// token that are still on their way when the wait is over; all of them run on the coroutine's executor, one
/// at a time.
class Waiter : public std::enable_shared_from_this<Waiter> {
 public:
  explicit Waiter(const asio::any_io_executor& executor) : descriptor_{executor}, timer_{executor} {}

  /// Until the socket is ready, or `until`, or it is shut down by a stop.
  asio::awaitable<void> ready(const Socket& socket, IoStatus direction, SteadyTime until) {
    descriptor_.assign(socket.descriptor());
    const auto turn = ++turn_;
    if (until != SteadyTime::max()) {
      timer_.expires_at(until);
      timer_.async_wait([self = shared_from_this(), turn](const boost::system::error_code& error) {
        if (!error && self->turn_ == turn) self->descriptor_.cancel();
      });
    }
    const auto kind = direction == IoStatus::want_write ? asio::posix::stream_descriptor::wait_write
                                                        : asio::posix::stream_descriptor::wait_read;
    co_await descriptor_.async_wait(kind, no_throw);  // whatever ended it, the call's next step finds out
    ++turn_;
    timer_.cancel();
    // At once: the call's next step may give the connection to somebody with another reactor, or close it.
    forget_socket();
  }

  /// Until `until` or the stop.
  asio::awaitable<void> pause(SteadyTime until, const std::stop_token& stop) {
    timer_.expires_at(until);
    const std::stop_callback wake{stop, [self = shared_from_this()] {
                                    asio::post(self->timer_.get_executor(),
                                               [self] { self->timer_.cancel(); });
                                  }};
    co_await timer_.async_wait(no_throw);
    ++turn_;
  }

  /// Lets go of the socket, which is about to become somebody else's.
  void forget_socket() {
    if (descriptor_.is_open()) descriptor_.release();
  }

 private:
  asio::posix::stream_descriptor descriptor_;
  asio::steady_timer timer_;
  unsigned turn_ = 0;  ///< Which wait is on: a timer that comes late is none of its business.
};

/// However the coroutine ends: the descriptor belongs to the connection, and Asio would close it.
struct ForgetSocket {
  Waiter& waiter;
  ~ForgetSocket() { waiter.forget_socket(); }
};

bool cancelled(const asio::cancellation_state& state) {
  return state.cancelled() != asio::cancellation_type::none;
}

}  // namespace

Task<HttpResult<HttpReply>> start_call(std::integral_constant<int, 1>, Core& core, HttpCall call,
                                       HttpLimits limits) {
  Call machine{core, call, limits};
  const auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor);
  const ForgetSocket forget{*waiter};
  for (;;) {
    if (cancelled(co_await asio::this_coro::cancellation_state)) machine.cancel();
    const auto want = machine.advance();
    if (const auto* connection = std::get_if<Call::WantConnection>(&want)) {
      machine.connection_given(co_await async_acquire(connection->pool, connection->limits));
    } else if (const auto* socket = std::get_if<Call::WantSocket>(&want)) {
      const StopShutdown shut{limits.stop, socket->socket};
      co_await waiter->ready(socket->socket, socket->direction, socket->until);
    } else if (const auto* wait = std::get_if<Call::WantPause>(&want)) {
      co_await waiter->pause(wait->until, limits.stop);
    } else {
      co_return machine.take_result();
    }
  }
}

}  // namespace lmi::http_client
