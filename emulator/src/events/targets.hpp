#pragma once

#include "events/accepted_event.hpp"
#include "events/parameters.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace lmi::emulator::events {

/// How an attempt ended.
struct Outcome {
  enum class Kind {
    success,
    function_error,  ///< The function ran and failed: counts as an attempt.
    throttled,       ///< No slot, or a fault of the platform: tried again, does not count.
    gone,            ///< There is no such function any more.
  };
  Kind kind = Kind::success;
  std::string executed_version{};
  std::string payload{};  ///< The function's answer, or its error.
  std::string message{};  ///< Of a failure, for people.
};

/// What is to happen around an event, as the function's owner has it now.
struct Rules {
  unsigned retry_attempts = default_retry_attempts;
  std::chrono::seconds event_age = default_event_age;
  std::string on_success{};   ///< ARN; empty: nothing.
  std::string on_failure{};   ///< ARN; empty: nothing.
  std::string dead_letter{};  ///< ARN; empty: nothing.
};

/// The functions, as seen from here: the seam to the control plane.
///
/// Threads: loop thread only.
class Targets {
 public:
  virtual ~Targets() = default;

  /// One invocation. `done` is called once, never from inside.
  virtual void attempt(const InvokeOrder& order, std::function<void(const Outcome&)> done) = 0;
  virtual Rules rules(const InvokeOrder& order) const = 0;
};

}  // namespace lmi::emulator::events
