#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <stop_token>

namespace lmi::compat {

/// Lets one through at a time, in order of arrival.
///
/// Threads: any.
class Turnstile {
 public:
  using Clock = std::chrono::steady_clock;

  /// Whether the caller is through: it must then leave(). False at `until`, or once the token that
  /// `make_stop_token` gives is asked to stop. The token is made only when there is somebody to wait for.
  bool enter(Clock::time_point until, const std::function<std::stop_token()>& make_stop_token) {
    std::unique_lock lock{mutex_};
    if (!taken_ && waiting_.empty()) return taken_ = true;
    const auto me = waiting_.emplace(waiting_.end());
    const auto stop = make_stop_token();
    // Far in the future is as good as never, and safe to compute with.
    const auto limit = std::min(until, Clock::now() + std::chrono::hours{24 * 365});
    const bool through =
        me->called.wait_until(lock, stop, limit, [&] { return !taken_ && waiting_.begin() == me; });
    waiting_.erase(me);
    if (through) {
      taken_ = true;
    } else if (!taken_) {
      call_first();
    }
    return through;
  }

  void leave() {
    const std::lock_guard lock{mutex_};
    taken_ = false;
    call_first();
  }

 private:
  struct Waiter {
    std::condition_variable_any called;
  };

  void call_first() {
    if (!waiting_.empty()) waiting_.front().called.notify_one();
  }

  std::mutex mutex_;
  std::list<Waiter> waiting_;
  bool taken_ = false;
};

}  // namespace lmi::compat
