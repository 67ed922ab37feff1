#pragma once

// The overlap prover: runs a handler many times at once and says which answers got mixed up. The component
// lmi::testing, for test programs. Coroutine handlers: <lmi/testing_async.hpp>.

#include "lmi/detail/handler.hpp"
#include "lmi/error.hpp"
#include "lmi/overlap_point.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lmi {
class Middleware;
}

namespace lmi::testing {

/// What a handler made of an event.
struct Answer {
  std::string data{};
  std::string content_type{};
  std::optional<Error> error{};  ///< When there is one, the rest says nothing.

  friend bool operator==(const Answer& a, const Answer& b);
};

struct OverlapOptions {
  /// Invocations at once. 2 find most mistakes; more find them sooner.
  unsigned ways = 8;

  /// How often that many run at once; more when there are more events than they can take.
  unsigned rounds = 20;

  /// How long an overlap_point() waits for the others. They may be unable to come: one that waits there may
  /// hold a lock that they need. Then it goes on without them.
  std::chrono::milliseconds patience{200};

  /// Each invocation's deadline, from its start.
  std::chrono::milliseconds time_limit{30'000};

  /// Whether two answers to the same event mean the same. Empty: they are equal. Needed where answers hold a
  /// time or a random number; then it should look at what must not be mixed up.
  std::function<bool(const Answer& alone, const Answer& together)> same{};

  /// As in RunOptions.
  std::vector<Middleware*> middleware{};
};

/// An answer that is not the one the same event gets alone.
struct Difference {
  std::size_t event;  ///< Its index in the events.
  unsigned round;
  Answer alone;
  Answer together;
};

struct OverlapReport {
  std::vector<Difference> differences;
  /// Events whose answer is another each time, even alone: nothing can be said about them without
  /// OverlapOptions::same.
  std::vector<std::size_t> unstable;

  std::size_t invocations = 0;  ///< Run at once with others.
  std::size_t meetings = 0;     ///< Times all that ran met at an overlap_point().
  std::size_t missed = 0;       ///< Times one went on after `patience`, without all the others.

  /// Every answer is the one its event gets alone.
  [[nodiscard]] bool passed() const noexcept { return differences.empty() && unstable.empty(); }

  /// For people: what differed, with the beginning of both answers.
  [[nodiscard]] std::string text() const;
};

std::ostream& operator<<(std::ostream& out, const OverlapReport& report);

namespace detail {
OverlapReport prove_blocking(lmi::detail::BlockingFunction handler, const std::vector<std::string>& events,
                             const OverlapOptions& options);
}

/// Runs `handler` on each event alone, twice; then on `ways` of them at once, again and again, started
/// together; and compares.
///
///     TEST(Handler, IsSafeToCallConcurrently) {
///       const auto report = lmi::testing::prove_overlap(handler, {R"({"id":1})", R"({"id":2})"});
///       EXPECT_TRUE(report.passed()) << report;
///     }
///
/// Every other round is held at the overlap_point()s that the handler passes. Built with -fsanitize=thread,
/// the rounds without them show unsynchronised accesses even where no answer is wrong. Events should differ
/// from each other, or a mix-up cannot be seen. A handler that is meant to remember earlier calls is not the
/// same alone: give it OverlapOptions::same.
///
/// What the prover says no to is not safe; what passes has passed with these events only.
///
/// Threads:  `ways` of its own. One prover at a time in a process. No network; log lines go nowhere.
/// Lifetime: the handler, events and options need to live for the call only.
/// Errors:   std::invalid_argument without events or with fewer than 2 ways. A handler's exception is its
///           answer.
template <class Handler>
requires(!lmi::detail::returns_task<Handler>) [[nodiscard]] OverlapReport
    prove_overlap(Handler&& handler, const std::vector<std::string>& events,
                  const OverlapOptions& options = {}) {
  return detail::prove_blocking(lmi::detail::erase_blocking(std::forward<Handler>(handler)), events, options);
}

}  // namespace lmi::testing
