#pragma once

#include "invoke/invocation.hpp"
#include "lmi/detail/handler.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace lmi::invoke {

/// One invocation for a handler. Everything referred to stays until its slot is reported done, or the runner
/// is gone.
struct Assignment {
  std::size_t slot;
  detail::EventView event;
  detail::Invocation& invocation;
  detail::Outcome& outcome;
};

/// Runs handlers on threads of its own and reports when each is done.
class HandlerRunner {
 public:
  HandlerRunner() = default;
  virtual ~HandlerRunner() = default;
  HandlerRunner(const HandlerRunner&) = delete;
  HandlerRunner& operator=(const HandlerRunner&) = delete;

  /// Throws std::system_error when the threads cannot be had.
  virtual void start() = 0;

  /// Takes the assignment, which begins with the next hand_over(). A handler's exception ends up in the
  /// outcome, never here.
  virtual void run(const Assignment& assignment) = 0;

  /// Starts what was taken since the last time, all at once: the threads are woken once for all of it. From
  /// the thread that calls run().
  virtual void hand_over() = 0;

  /// Asks the handler that runs for this slot now, if any, to end: what it waits for is cancelled. From any
  /// thread, while that invocation cannot end, or none follows it.
  virtual void cancel(std::size_t slot) = 0;

  /// Ends the threads; false when a handler holds on to one beyond `until`. Nothing is reported done
  /// afterwards.
  virtual bool shut_down(std::chrono::steady_clock::time_point until) = 0;
};

/// `done(slot)` is called on a thread of the runner's, once for each assignment that ends.
using MakeRunner = std::function<std::unique_ptr<HandlerRunner>(std::function<void(std::size_t slot)> done)>;

}  // namespace lmi::invoke
