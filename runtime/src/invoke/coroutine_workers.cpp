#include "invoke/coroutine_workers.hpp"

#include "invoke/guard.hpp"
#include "invoke/stream_prelude.hpp"
#include "invoke/thread_setup.hpp"
#include "lmi/detail/stream_port.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace lmi::invoke {
namespace {

namespace asio = boost::asio;

class CoroutineWorkers final : public HandlerRunner {
 public:
  CoroutineWorkers(detail::AsyncFunction handler, unsigned workers, std::size_t slots,
                   std::function<void(std::size_t)> done)
      : handler_{std::move(handler)},
        done_{std::move(done)},
        worker_count_{workers},
        context_{static_cast<int>(workers)},
        work_{context_.get_executor()} {
    for (std::size_t i = 0; i < slots; ++i) lanes_.emplace_back(context_.get_executor());
  }

  ~CoroutineWorkers() override {
    context_.stop();
    for (auto& worker : workers_) worker.join();
  }

  void start() override {
    for (unsigned i = 0; i < worker_count_; ++i) {
      {
        const std::lock_guard lock{mutex_};
        ++working_;
      }
      workers_.emplace_back([this] { work(); });
    }
  }

  void run(const Assignment& assignment) override {
    auto& lane = lanes_[assignment.slot];
    auto& cancellation = lane.cancellation_of(++lane.invocation);
    asio::co_spawn(
        lane.strand, handle(assignment),
        asio::bind_cancellation_slot(cancellation.slot(), [](const std::exception_ptr& /*never*/) {}));
  }

  void cancel(std::size_t slot) override {
    auto& lane = lanes_[slot];
    asio::post(lane.strand, [&lane, meant = lane.invocation.load()] { cancel_in_lane(lane, meant); });
  }

  bool shut_down(std::chrono::steady_clock::time_point until) override {
    context_.stop();
    std::unique_lock lock{mutex_};
    return worker_ended_.wait_until(lock, until, [this] { return working_ == 0; });
  }

 private:
  /// What one slot's invocations run on, one after the other.
  struct Lane {
    explicit Lane(const asio::io_context::executor_type& executor) : strand{executor} {}
    asio::strand<asio::io_context::executor_type> strand;
    /// Two in turn: an invocation is reported done, and the next begins, before Asio has let go of its
    /// signal. By the time the one after next begins, it has: the strand runs the next only then.
    std::array<asio::cancellation_signal, 2> cancellations;
    asio::cancellation_signal& cancellation_of(std::uint64_t number) { return cancellations[number % 2]; }
    std::atomic<std::uint64_t> invocation{0};  ///< Counts them. The I/O thread's.
    std::uint64_t running = 0;                 ///< Which one is in its handler; 0: none. The strand's.
    std::uint64_t finished = 0;                ///< The last that was. The strand's.
  };

  /// On the strand. The slot may serve another invocation by now; and one that has not begun must begin: what
  /// is cancelled before its first line never gets to answer.
  static void cancel_in_lane(Lane& lane, std::uint64_t meant) {
    if (lane.invocation != meant) return;
    if (lane.running == meant) {
      lane.cancellation_of(meant).emit(asio::cancellation_type::terminal);
    } else if (lane.running == 0 && meant != lane.finished) {
      asio::post(lane.strand, [&lane, meant] { cancel_in_lane(lane, meant); });
    }
  }

  Task<void> handle(Assignment assignment) {
    auto& lane = lanes_[assignment.slot];
    lane.running = lane.invocation;
    try {
      co_await handler_(assignment.event, assignment.invocation.context(), assignment.outcome);
    } catch (...) {
      describe_current_exception(assignment.outcome);
    }
    lane.finished = std::exchange(lane.running, 0);
    assignment.invocation.finish();
    // Here, and not in co_spawn's completion: that one is queued, behind whatever holds the workers.
    done_(assignment.slot);
  }

  void work() {
    const SignalStack signal_stack;
    while (!context_.stopped()) {
      try {
        context_.run();
      } catch (...) {
        // From something a handler posted or spawned on its own: nobody is left to answer for it.
        detail::Outcome outcome;
        describe_current_exception(outcome);
        spdlog::error("handler.stray_exception type={} message=\"{}\"", outcome.error->type,
                      outcome.error->message);
      }
    }
    const std::lock_guard lock{mutex_};
    --working_;
    worker_ended_.notify_all();
  }

  const detail::AsyncFunction handler_;
  const std::function<void(std::size_t)> done_;
  const unsigned worker_count_;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::deque<Lane> lanes_;

  std::mutex mutex_;
  std::condition_variable worker_ended_;
  unsigned working_ = 0;
  std::vector<std::thread> workers_;
};

}  // namespace

std::unique_ptr<HandlerRunner> make_coroutine_workers(detail::AsyncFunction handler, unsigned workers,
                                                      std::size_t slots,
                                                      std::function<void(std::size_t)> done) {
  return std::make_unique<CoroutineWorkers>(std::move(handler), workers, slots, std::move(done));
}

}  // namespace lmi::invoke

namespace lmi {

void AsyncResponseStream::content_type(std::string type) {
  invoke::set_stream_type(*outcome_, std::move(type));
}

namespace {

Task<> write_own(AsyncResponseStream stream, std::string bytes) {
  co_await stream.write(bytes);
}

}  // namespace

Task<> AsyncResponseStream::begin_http(const HttpPrelude& prelude) {
  auto bytes = invoke::http_prelude(prelude);
  content_type(std::string{invoke::http_integration_type});
  return write_own(*this, std::move(bytes));
}

Task<> AsyncResponseStream::write(std::string_view bytes) {
  namespace asio = boost::asio;
  outcome_->stream_started = true;
  const auto begin = [port = outcome_->port, bytes](auto handler) {
    // Shared because std::function wants to be able to copy what it holds.
    auto resume = std::make_shared<decltype(handler)>(std::move(handler));
    port->write(bytes, [resume](std::error_code failure) {
      const auto executor = asio::get_associated_executor(*resume);
      asio::post(executor, [resume, failure] { std::move (*resume)(failure); });
    });
  };
  const std::error_code failure =
      co_await asio::async_initiate<decltype(asio::use_awaitable), void(std::error_code)>(
          begin, asio::use_awaitable);
  if (failure) throw invoke::stream_closed(failure);
}

bool AsyncResponseStream::started() const noexcept {
  return outcome_->stream_started;
}

}  // namespace lmi
