#include "entry/initialisation.hpp"

#include "wire/error_report.hpp"

#include <spdlog/logger.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace lmi::entry {
namespace {

using Clock = std::chrono::steady_clock;

long long milliseconds(Clock::duration duration) {
  return std::chrono::ceil<std::chrono::milliseconds>(duration).count();
}

/// Knows which step is under way, and speaks up when the time is used up.
class InitClock {
 public:
  InitClock(std::chrono::milliseconds limit, const std::function<void(const Error&)>& timed_out)
      : limit_{limit}, timed_out_{timed_out}, thread_{[this] { watch(); }} {}

  ~InitClock() {
    {
      const std::lock_guard lock{mutex_};
      over_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  InitClock(const InitClock&) = delete;
  InitClock& operator=(const InitClock&) = delete;

  void begin(const std::string& step) {
    const std::lock_guard lock{mutex_};
    step_ = step;
    step_began_ = Clock::now();
  }

  void end() {
    const std::lock_guard lock{mutex_};
    const auto took = Clock::now() - step_began_;
    finished_ += (finished_.empty() ? "" : ", ") + step_ + " " + std::to_string(milliseconds(took)) + " ms";
  }

 private:
  void watch() {
    std::unique_lock lock{mutex_};
    if (changed_.wait_for(lock, limit_, [this] { return over_; })) return;
    const Error error{.type = "InitTimeout",
                      .message = "initialisation is not done after " + std::to_string(limit_.count()) +
                                 " ms: \"" + step_ + "\" has been at work for " +
                                 std::to_string(milliseconds(Clock::now() - step_began_)) + " ms" +
                                 (finished_.empty() ? std::string{} : "; before it: " + finished_)};
    lock.unlock();
    timed_out_(error);
  }

  const std::chrono::milliseconds limit_;
  const std::function<void(const Error&)>& timed_out_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string step_;
  Clock::time_point step_began_;
  std::string finished_;  ///< Names and times, as the error tells them.
  bool over_ = false;
  std::thread thread_;
};

}  // namespace

std::optional<Error> initialise(const RunOptions& options, spdlog::logger& log,
                                const std::function<void(const Error&)>& timed_out) {
  if (!options.init && options.init_steps.empty()) return std::nullopt;
  InitClock clock{options.init_timeout, timed_out};
  const auto run = [&](const std::string& name, const std::function<void()>& step) -> std::optional<Error> {
    clock.begin(name);
    try {
      step();
    } catch (...) {
      return wire::describe(std::current_exception());
    }
    clock.end();
    return std::nullopt;
  };

  if (options.init) {
    if (auto error = run("init", options.init)) return error;
  }
  for (const auto& step : options.init_steps) {
    const auto began = Clock::now();
    if (auto error = run(step.name, step.run)) {
      error->message = "init step \"" + step.name + "\": " + error->message;
      return error;
    }
    log.info("init.step name=\"{}\" ms={}", step.name, milliseconds(Clock::now() - began));
  }
  return std::nullopt;
}

}  // namespace lmi::entry
