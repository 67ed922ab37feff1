#include "loop/asio_loop.hpp"

#include "loop/asio_loop_access.hpp"
#include "loop/timer_queue.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <system_error>
#include <utility>

namespace lmi::emulator {

namespace asio = boost::asio;

struct AsioLoop::Impl {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  TimerQueue timers;
  asio::steady_timer alarm{context};
  std::optional<Clock::time_point> alarm_at;  // what `alarm` waits for; empty when it does not wait
  asio::signal_set signals{context};
  std::function<void(int)> on_signal;

  void arm() {
    const auto due = timers.next_due();
    if (!due || (alarm_at && *alarm_at <= *due)) return;  // an alarm that is too early just looks again
    alarm_at = due;
    alarm.expires_at(*due);
    alarm.async_wait([this](const boost::system::error_code& error) {
      if (error) return;  // replaced by an earlier alarm
      alarm_at.reset();
      // Only what is due now: a task that schedules another with no delay must not starve the sockets.
      const auto now = Clock::now();
      while (Task task = timers.pop_due(now)) task();
      arm();
    });
  }

  void wait_for_signal() {
    signals.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      wait_for_signal();
      on_signal(signal);
    });
  }
};

AsioLoop::AsioLoop() : impl_{std::make_unique<Impl>()} {}
AsioLoop::~AsioLoop() = default;

void AsioLoop::post(Task task) {
  asio::post(impl_->context, std::move(task));
}

Loop::Timer AsioLoop::after(Clock::duration delay, Task task) {
  Timer timer{impl_->timers.push(Clock::now() + delay, std::move(task))};
  impl_->arm();
  return timer;
}

void AsioLoop::on_signal(const std::vector<int>& signals, std::function<void(int)> handler) {
  for (const int signal : signals) {
    boost::system::error_code error;
    impl_->signals.add(signal, error);
    if (error) throw std::system_error(error, "cannot catch signal " + std::to_string(signal));
  }
  impl_->on_signal = std::move(handler);
  impl_->wait_for_signal();
}

void AsioLoop::run() {
  impl_->context.restart();
  impl_->context.run();
}

void AsioLoop::stop() {
  impl_->context.stop();
}

asio::io_context& io_context_of(AsioLoop& loop) noexcept {
  return loop.impl_->context;
}

}  // namespace lmi::emulator
