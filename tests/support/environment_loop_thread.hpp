#pragma once

#include "loop/asio_loop.hpp"

#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>

namespace lmi::test {

/// How long a test waits for something that always comes, on the slowest machine under a sanitizer.
inline constexpr std::chrono::seconds patience{60};

/// A real loop on a thread of its own.
class LoopThread {
 public:
  LoopThread() : thread_{[this] { loop_.run(); }} {}
  ~LoopThread() {
    loop_.stop();
    thread_.join();
  }
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  emulator::AsioLoop& loop() noexcept { return loop_; }

  /// Runs `task` on the loop thread and returns what it returns.
  template <class F>
  auto run(F task) {
    using Result = std::invoke_result_t<F&>;
    auto promise = std::make_shared<std::promise<Result>>();  // shared with the posted task
    auto result = promise->get_future();
    loop_.post([promise, &task] {
      try {
        if constexpr (std::is_void_v<Result>) {
          task();
          promise->set_value();
        } else {
          promise->set_value(task());
        }
      } catch (...) {
        promise->set_exception(std::current_exception());
      }
    });
    return result.get();
  }

  /// Asks the loop until `condition`, run there, is true. False when it does not come true.
  template <class F>
  bool await(F condition) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
      if (run(condition)) return true;
      std::this_thread::yield();
    }
    return false;
  }

 private:
  emulator::AsioLoop loop_;
  std::thread thread_;  // last: it runs on loop_
};

}  // namespace lmi::test
