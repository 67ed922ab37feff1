#pragma once

#include "loop/loop.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace lmi::emulator {

/// The loop in production: one io_context, run by the one thread that calls run().
///
/// Lifetime: outlives everything built on it. What was posted and not yet run is destroyed with it.
class AsioLoop final : public Loop {
 public:
  AsioLoop();
  ~AsioLoop() override;
  AsioLoop(const AsioLoop&) = delete;
  AsioLoop& operator=(const AsioLoop&) = delete;

  Clock::time_point now() const override { return Clock::now(); }
  void post(Task task) override;
  [[nodiscard]] Timer after(Clock::duration delay, Task task) override;

  /// Calls `handler` on the loop for each of `signals` that arrives, until the loop is destroyed.
  /// Call once. Throws std::system_error when a signal cannot be caught. Not for SIGCHLD: that is libuv's.
  void on_signal(const std::vector<int>& signals, std::function<void(int)> handler);

  /// Runs tasks until stop(). The calling thread is the loop thread from here on. An exception that leaves a
  /// task is a bug and leaves run().
  void run();
  /// Makes run() return after the current task. Any thread.
  void stop();

 private:
  friend boost::asio::io_context& io_context_of(AsioLoop& loop) noexcept;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lmi::emulator
