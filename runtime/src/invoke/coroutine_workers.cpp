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
#include <boost/asio/defer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <iterator>
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
        work_{context_.get_executor()},
        lanes_(slots) {
    taken_.reserve(slots);
    handed_over_.reserve(slots);
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
    auto& track = lane.take(context_.get_executor());
    const auto number = ++lane.invocation;
    lane.current = &track;
    taken_.push_back({assignment, &lane, &track, number});
  }

  void hand_over() override {
    if (taken_.empty()) return;
    bool first = false;
    {
      const std::lock_guard lock{mutex_};
      first = handed_over_.empty();
      std::copy(taken_.begin(), taken_.end(), std::back_inserter(handed_over_));
    }
    taken_.clear();
    if (first) asio::post(context_, [this] { begin_all(); });
  }

  void cancel(std::size_t slot) override {
    auto& lane = lanes_[slot];
    auto* track = lane.current.load();
    if (track == nullptr) return;
    asio::post(track->strand, [track, meant = lane.invocation.load()] { cancel_on(*track, meant); });
  }

  bool shut_down(std::chrono::steady_clock::time_point until) override {
    context_.stop();
    std::unique_lock lock{mutex_};
    return worker_ended_.wait_until(lock, until, [this] { return working_ == 0; });
  }

 private:
  /// What an invocation runs on. All but the strand itself is the strand's.
  struct Track {
    explicit Track(const asio::io_context::executor_type& executor) : strand{executor} {}
    asio::strand<asio::io_context::executor_type> strand;
    asio::cancellation_signal cancellation;
    std::uint64_t running = 0;   ///< The invocation that is in its handler; 0: none.
    std::uint64_t finished = 0;  ///< The last one that was.
  };

  /// One slot. An invocation is reported done, and the next begins, before Asio has let go of its coroutine:
  /// what is left of it is queued behind whatever holds the workers. On the same strand the next one would
  /// wait for that; so it gets another, of which there are two or three after a while.
  struct Lane {
    Track& take(const asio::io_context::executor_type& executor) {
      const std::lock_guard lock{mutex};
      if (free.empty()) return tracks.emplace_back(executor);
      auto& track = *free.back();
      free.pop_back();
      return track;
    }
    void give_back(Track& track) {
      const std::lock_guard lock{mutex};
      free.push_back(&track);
    }

    std::mutex mutex;
    std::deque<Track> tracks;
    std::vector<Track*> free;              ///< Guarded by mutex.
    std::atomic<Track*> current{nullptr};  ///< Of the invocation under way, or the last. The I/O thread's.
    std::atomic<std::uint64_t> invocation{0};  ///< Counts them. Likewise.
  };

  struct Start {
    Assignment assignment;
    Lane* lane;
    Track* track;
    std::uint64_t number;
  };

  /// On a worker. What is deferred becomes visible to the other workers when this returns, all of it with one
  /// wake-up of each that is idle; posted one by one, each would cost a system call or two. Without memory
  /// for it the process ends, and the platform answers.
  void begin_all() noexcept {
    const std::lock_guard lock{mutex_};
    for (const Start& start : handed_over_) {
      asio::defer(start.track->strand, [this, start] { begin(start); });
    }
    handed_over_.clear();
  }

  /// On the strand, where the coroutine runs at once. Without memory for it: as above.
  void begin(const Start& start) noexcept {
    const auto& [assignment, lane, track, number] = start;
    asio::co_spawn(
        track->strand, handle(assignment, *track, number),
        asio::bind_cancellation_slot(track->cancellation.slot(),
                                     [this, lane = lane, track = track](const std::exception_ptr& /*never*/) {
                                       // The coroutine itself goes when this returns; then the track is free.
                                       // Deferred: this worker does it next, no other is woken for it.
                                       asio::defer(context_, [lane, track] { lane->give_back(*track); });
                                     }));
  }

  /// On the strand. The invocation may be over; and one that has not begun must begin: what is cancelled
  /// before its first line never gets to answer.
  static void cancel_on(Track& track, std::uint64_t meant) {
    if (track.running == meant) {
      track.cancellation.emit(asio::cancellation_type::terminal);
    } else if (track.running == 0 && track.finished < meant) {
      asio::post(track.strand, [&track, meant] { cancel_on(track, meant); });
    }
  }

  Task<void> handle(Assignment assignment, Track& track, std::uint64_t number) {
    // Continues at once. co_spawn takes a coroutine that has never been suspended round the queue once more
    // before it completes, and wakes a worker for it.
    co_await asio::dispatch(asio::use_awaitable);
    track.running = number;
    try {
      co_await handler_(assignment.event, assignment.invocation.context(), assignment.outcome);
    } catch (...) {
      describe_current_exception(assignment.outcome);
    }
    track.finished = std::exchange(track.running, 0);
    assignment.invocation.finish();
    // Here, and not in co_spawn's completion: that one is queued, behind whatever holds the workers.
    done_(assignment.slot);
  }

  void work() {
    const SignalStack signal_stack;
    ask_for_short_turns(handler_turn);  // the I/O thread and the other workers need the same vCPUs
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
  std::vector<Start> taken_;  ///< Since the last hand_over(). The I/O thread's.

  std::mutex mutex_;
  std::vector<Start> handed_over_;  ///< Until a worker begins them. Guarded by mutex_, as is working_.
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
