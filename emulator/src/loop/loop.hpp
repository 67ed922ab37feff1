#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace lmi::emulator {

using Clock = std::chrono::steady_clock;

/// The one event loop that owns all state of the emulator.
///
/// Everything outside supervisor/ and store/ runs on it, so it needs no locks. Code that must wait hands
/// over a function and returns. Tests use ManualLoop, whose time moves only when told to.
class Loop {
 public:
  using Task = std::function<void()>;

  /// A task that will run at its time unless this handle is destroyed or cancelled first.
  class Timer {
   public:
    Timer() = default;
    Timer(Timer&&) = default;
    Timer& operator=(Timer&& other) noexcept {
      if (this != &other) {
        cancel();
        alive_ = std::move(other.alive_);
      }
      return *this;
    }
    ~Timer() { cancel(); }

    void cancel() noexcept {
      if (alive_) *alive_ = false;
      alive_.reset();
    }
    /// True from scheduling until cancel(); stays true after the task ran.
    bool scheduled() const noexcept { return alive_ != nullptr; }

   private:
    friend class AsioLoop;
    friend class ManualLoop;
    explicit Timer(std::shared_ptr<bool> alive) : alive_{std::move(alive)} {}
    std::shared_ptr<bool> alive_;  // shared with the loop's queue, which may outlive or precede the handle
  };

  virtual ~Loop() = default;

  virtual Clock::time_point now() const = 0;

  /// Runs `task` on the loop, after the current one. The only member that any thread may call.
  virtual void post(Task task) = 0;

  /// Runs `task` once, `delay` from now. Dropping the handle cancels it.
  [[nodiscard]] virtual Timer after(Clock::duration delay, Task task) = 0;
};

}  // namespace lmi::emulator
