#pragma once

#include "loop/manual_loop.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace lmi::test {

/// A loop on which a test waits for what threads post to it. Its time moves only when told to.
class WaitingLoop final : public emulator::Loop {
 public:
  emulator::Clock::time_point now() const override { return inner_.now(); }
  [[nodiscard]] Timer after(emulator::Clock::duration delay, Task task) override {
    return inner_.after(delay, std::move(task));
  }
  void post(Task task) override {
    inner_.post(std::move(task));
    const std::lock_guard lock{mutex_};
    posted_ = true;
    changed_.notify_all();
  }

  void advance(emulator::Clock::duration duration) { inner_.advance(duration); }

  /// Runs the loop until `done` holds. Fails the test when nothing happens for a long time.
  template <class Done>
  void run_until(Done done) {
    while (!done()) {
      {
        std::unique_lock lock{mutex_};
        if (!changed_.wait_for(lock, std::chrono::seconds{60}, [this] { return posted_; })) {
          FAIL() << "nothing was posted for a minute";
        }
        posted_ = false;
      }
      inner_.run_until_idle();
    }
  }

 private:
  emulator::ManualLoop inner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool posted_ = false;
};

}  // namespace lmi::test
