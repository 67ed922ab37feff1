#pragma once

#include "lmi/pool_options.hpp"
#include "support/acquire_limits.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace lmi::test {

/// Time enough for a server on a loaded machine.
inline PoolOptions patient(PoolOptions options) {
  options.acquire_timeout = options.connect_timeout = options.health_check_timeout = std::chrono::seconds{60};
  return options;
}

/// What many users of a pool see while its server is killed and comes back.
class Load {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds time_for_one{500};
  static constexpr std::chrono::seconds patience{
      60};  ///< Beyond a deadline: far more than a loaded machine takes.

  /// From now on.
  static AcquireLimits limits_for_one() {
    return limits({.deadline = Clock::now() + time_for_one, .request_id = "load"});
  }

  [[nodiscard]] bool ends() const noexcept { return end_; }
  void end() noexcept { end_ = true; }

  /// A request that ended, with its deadline.
  void finished(Clock::time_point deadline, bool well) {
    if (Clock::now() > deadline + patience) late_ = true;
    well ? ++succeeded_ : ++failed_;
  }

  /// A connection with this identity failed and was given back: nobody may get it again.
  void broken(const std::string& identity) {
    const std::lock_guard lock{mutex_};
    broken_.insert(identity);
  }
  void leased(const std::string& identity) {
    const std::lock_guard lock{mutex_};
    if (broken_.contains(identity)) handed_out_again_ = true;
  }

  [[nodiscard]] bool late() const noexcept { return late_; }
  [[nodiscard]] bool handed_out_again() const noexcept { return handed_out_again_; }

  /// Whether so many more requests succeed (fail).
  [[nodiscard]] bool wait_for_successes(long more) const { return wait_for(succeeded_, more); }
  [[nodiscard]] bool wait_for_failures(long more) const { return wait_for(failed_, more); }

 private:
  static bool wait_for(const std::atomic<long>& count, long more) {
    const auto wanted = count + more;
    const auto end = Clock::now() + patience;
    while (count < wanted) {
      if (Clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  std::atomic<bool> end_{false};
  std::atomic<bool> late_{false};
  std::atomic<bool> handed_out_again_{false};
  std::atomic<long> succeeded_{0};
  std::atomic<long> failed_{0};
  std::mutex mutex_;
  std::set<std::string> broken_;
};

/// The middle of such a test: the load works, the server is killed and comes back, the load works again.
template <class Server>
void kill_and_restart_under(Load& load, Server& server) {
  EXPECT_TRUE(load.wait_for_successes(200));
  for (int round = 0; round < 3; ++round) {
    server.kill();
    EXPECT_TRUE(load.wait_for_failures(20)) << "the killed server went unnoticed";
    server.restart();
    EXPECT_TRUE(load.wait_for_successes(200)) << "the pool did not recover";
  }
  load.end();
}

}  // namespace lmi::test
