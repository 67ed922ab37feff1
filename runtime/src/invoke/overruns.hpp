#pragma once

#include "core/logging.hpp"
#include "lmi/options.hpp"

#include <atomic>
#include <chrono>
#include <functional>

namespace lmi::invoke {

/// Counts the invocations that have passed their deadline and still hold their slot, says so in the log, and
/// does what the policy asks.
///
/// Threads: any.
class Overruns {
 public:
  /// `too_many` is called once, on the thread that finds it so.
  Overruns(OverrunPolicy policy, unsigned slots, std::function<void()> too_many)
      : policy_{std::move(policy)}, slots_{slots}, too_many_{std::move(too_many)} {}

  /// An invocation's deadline has passed. It does not end before this returns.
  void began(Context& context, core::RequestLogger& log);

  /// It has ended after all. `late`: by how much.
  void ended(core::RequestLogger& log, std::chrono::steady_clock::duration late);

  [[nodiscard]] bool cancels_coroutines() const noexcept { return policy_.cancel_coroutines; }

 private:
  const OverrunPolicy policy_;
  const unsigned slots_;
  const std::function<void()> too_many_;
  std::atomic<unsigned> held_{0};
  std::atomic<unsigned long> in_all_{0};
  std::atomic<bool> told_{false};
};

}  // namespace lmi::invoke
