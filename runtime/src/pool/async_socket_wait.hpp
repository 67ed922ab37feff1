#pragma once

// SocketWait for coroutines: inline, for the few source files that see Asio's machinery.

#include "lmi/async.hpp"
#include "pool/socket_wait.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <mutex>
#include <utility>

namespace lmi::pool {

/// Waits for a socket without holding a thread. Lives in the frame of the coroutine that waits, which runs on
/// one thread at a time (a strand).
///
/// Lifetime: the socket must stay open and in nobody else's reactor while this lives. Does not own it.
class AsyncSocketWait {
 public:
  using Descriptor = boost::asio::posix::stream_descriptor;

  AsyncSocketWait(const boost::asio::any_io_executor& executor, int socket, SteadyTime deadline,
                  std::stop_token stop)
      : socket_{executor, socket},
        timer_{executor, deadline},
        ending_{std::make_shared<Ending>(socket_)},
        on_stop_{std::move(stop), [ending = ending_] { ending->request(); }} {
    if (deadline != SteadyTime::max())
      timer_.async_wait([ending = ending_](boost::system::error_code cancelled) {
        if (!cancelled) ending->end(Readiness::timed_out);
      });
  }
  ~AsyncSocketWait() {
    ending_->leave();
    socket_.release();
  }
  AsyncSocketWait(const AsyncSocketWait&) = delete;
  AsyncSocketWait& operator=(const AsyncSocketWait&) = delete;

  Task<Readiness> wait(Descriptor::wait_type what) {
    if (const auto ended = ending_->how()) co_return *ended;
    co_await socket_.async_wait(what, boost::asio::as_tuple(boost::asio::use_awaitable));
    // Ready, in error (reading or writing it tells), or cancelled by the ending; Asio's own cancellation
    // throws here.
    if ((co_await boost::asio::this_coro::cancellation_state).cancelled() !=
        boost::asio::cancellation_type::none)
      throw boost::system::system_error{boost::asio::error::operation_aborted};
    co_return ending_->how().value_or(Readiness::ready);
  }

 private:
  /// Shared by the frame, its timer and the stop callback, which may come when the frame is gone.
  class Ending : public std::enable_shared_from_this<Ending> {
   public:
    explicit Ending(Descriptor& socket) : socket_{&socket} {}

    /// On the socket's executor.
    void end(Readiness how) {
      const std::lock_guard lock{mutex_};
      if (!how_) how_ = how;
      if (socket_) socket_->cancel();
    }

    /// On any thread.
    void request() {
      const std::lock_guard lock{mutex_};
      if (!how_) how_ = Readiness::stopped;
      if (socket_)
        boost::asio::post(socket_->get_executor(),
                          [self = shared_from_this()] { self->end(Readiness::stopped); });
    }

    void leave() {
      const std::lock_guard lock{mutex_};
      socket_ = nullptr;
    }

    std::optional<Readiness> how() {
      const std::lock_guard lock{mutex_};
      return how_;
    }

   private:
    std::mutex mutex_;
    Descriptor* socket_;  ///< Null once the frame is gone.
    std::optional<Readiness> how_;
  };

  Descriptor socket_;
  boost::asio::steady_timer timer_;
  const std::shared_ptr<Ending> ending_;
  std::stop_callback<std::function<void()>> on_stop_;
};

}  // namespace lmi::pool
