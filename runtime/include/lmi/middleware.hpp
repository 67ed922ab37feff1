#pragma once

#include "lmi/context.hpp"
#include "lmi/detail/handler.hpp"
#include "lmi/error.hpp"
#include "lmi/payload.hpp"

#include <cstddef>
#include <new>
#include <string_view>
#include <utility>
#include <variant>

namespace lmi {

class Middleware;

/// The event as it arrived: `data` and `content_type`, both views that are valid until the handler is done.
using RawEvent = detail::EventView;

struct GoOn {};
inline constexpr GoOn go_on{};

/// What Middleware::before() makes of an invocation: `return lmi::go_on;` lets it through, a Payload answers
/// it now, an Error fails it now. In the last two cases the handler does not run.
using Decision = std::variant<GoOn, Payload, Error>;

/// What the handler, or a middleware further in, has left. Valid during Middleware::after().
class Completion {
 public:
  explicit Completion(detail::Outcome& outcome) noexcept : outcome_{&outcome} {}

  /// Why the invocation fails; null when it does not.
  [[nodiscard]] const Error* error() const noexcept { return outcome_->error ? &*outcome_->error : nullptr; }

  /// The answer; of no meaning when there is an error. Empty for a streaming handler: its bytes are gone.
  [[nodiscard]] const Payload& answer() const noexcept { return outcome_->answer; }

  /// Replaces the answer, or the error, by this answer.
  void answer_instead(Payload answer) {
    outcome_->answer = std::move(answer);
    outcome_->error.reset();
  }

  /// Makes the invocation fail, with this error.
  void fail(Error error) { outcome_->error = std::move(error); }

 private:
  detail::Outcome* outcome_;
};

namespace detail {

/// How to make and unmake what a middleware keeps for one invocation.
struct StateType {
  std::size_t size;
  void (*create)(void* place);
  void (*destroy)(void* state) noexcept;
};

/// What `middleware` keeps for this invocation. Throws std::logic_error when it is not in
/// RunOptions::middleware, or the invocation has not reached it.
void* middleware_state(const Context& context, const Middleware& middleware);

/// One line (which has to end in a newline) among the log lines, by one write.
void write_line(const Context& context, std::string_view line) noexcept;

}  // namespace detail

/// Something that happens around every invocation, whichever kind the handler is. Listed in
/// RunOptions::middleware, outermost first:
///
///     lmi::EmfMetrics metrics{…};
///     Quota quota{store};
///     return lmi::run(handler, {.middleware = {&metrics, &quota}});
///
/// before() of each in this order, the handler, after() in the reverse order. after() is called for exactly
/// those whose before() has let the invocation go on.
///
/// Threads:  one object serves all invocations, from many threads at once: its own members must be safe for
///           that. What belongs to one invocation goes into MiddlewareWithState's state. The calls for one
///           invocation come one after the other; with coroutine handlers maybe on different threads.
///           before() and after() are ordinary functions: around a coroutine handler they hold one of the few
///           workers while they run, so they must not wait there.
/// Lifetime: must outlive run().
/// Errors:   an exception from before() or after() becomes the invocation's error, as one from the handler.
///           Neither sees what happens later to the answer: one over the platform's size limit is refused
///           afterwards. When a shutdown abandons a handler, after() is not called.
class Middleware {
 public:
  Middleware() = default;
  virtual ~Middleware() = default;
  Middleware(const Middleware&) = delete;
  Middleware& operator=(const Middleware&) = delete;

  virtual Decision before(const RawEvent& event, Context& context) = 0;
  virtual void after(Context& context, Completion& completion);

  /// For the library. Null: keeps nothing.
  [[nodiscard]] virtual const detail::StateType* state_type() const noexcept { return nullptr; }
};

/// A middleware that keeps a State for each invocation: made (State{}) just before before(), gone after the
/// last after(). Small ones need no memory of their own.
template <class State>
class MiddlewareWithState : public Middleware {
 public:
  /// This invocation's State: for before(), after() and the handler.
  ///
  /// Threads:  any. Lifetime: valid until the handler is done (inside after(): until it returns).
  /// Errors:   std::logic_error when this object is not in RunOptions::middleware.
  [[nodiscard]] State& of(const Context& context) const {
    return *static_cast<State*>(detail::middleware_state(context, *this));
  }

  [[nodiscard]] const detail::StateType* state_type() const noexcept final {
    static_assert(alignof(State) <= alignof(std::max_align_t), "over-aligned state is not supported");
    static constexpr detail::StateType type{
        .size = sizeof(State),
        .create = [](void* place) { create(place); },
        .destroy = [](void* state) noexcept { static_cast<State*>(state)->~State(); }};
    return &type;
  }

 private:
  static void create(void* place) { ::new (place) State{}; }
};

}  // namespace lmi
