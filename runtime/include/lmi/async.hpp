#pragma once

// Coroutine handlers. The only public header that shows Asio.

#include "lmi/run.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace lmi {

/// What a coroutine handler returns. Its executor is a strand of the invocation's own on the shared workers:
/// one invocation is never on two threads at once, and any worker may continue it.
template <class T = void>
using Task = boost::asio::awaitable<T>;

namespace detail {

template <class T>
inline constexpr bool is_task<boost::asio::awaitable<T>> = true;

using AsyncFunction = std::function<Task<void>(EventView, Context, Outcome&)>;

int run_async(AsyncFunction handler, RunOptions options);

template <class T>
struct TaskValue;
template <class T>
struct TaskValue<Task<T>> {
  using Type = T;
};

// A named coroutine rather than a lambda: its arguments live in its own frame.
template <class H>
Task<void> call_coroutine(H& handler, EventView event, Context context, Outcome& outcome) {
  using Shape = SignatureFor<H>;
  using Value = typename TaskValue<typename Shape::Return>::Type;
  const auto call = [&](typename Shape::Event&& value) {
    if constexpr (Shape::takes_context) {
      return std::invoke(handler, std::move(value), context);
    } else {
      return std::invoke(handler, std::move(value));
    }
  };
  auto decoded = decode<typename Shape::Event>(event);
  [[maybe_unused]] const auto hint = answer_hint(decoded);  // before the handler may move the event away
  if constexpr (std::is_void_v<Value>) {
    co_await call(std::move(decoded));
  } else {
    encode(co_await call(std::move(decoded)), outcome, hint);
  }
}

template <class H>
AsyncFunction erase_coroutine(H&& handler) {
  // Shared for the same reason as in erase_blocking. run_async() keeps the function until every call is over.
  auto shared = std::make_shared<std::decay_t<H>>(std::forward<H>(handler));
  return [shared = std::move(shared)](EventView event, Context context, Outcome& outcome) {
    return call_coroutine(*shared, event, context, outcome);
  };
}

}  // namespace detail

/// run() for coroutine handlers: `lmi::Task<R> h(E)` or `lmi::Task<R> h(E, lmi::Context)`.
///
/// Threads:  options.workers threads run all handlers; a handler that blocks or computes holds one of them,
/// and
///           never delays another slot's poll, event or answer.
/// Lifetime: take arguments by value: a reference parameter is valid until the coroutine finishes, a view of
/// the
///           event likewise. Everything else as for run() above.
template <class Handler>
requires(detail::returns_task<Handler>) [[nodiscard]] int run(Handler&& handler, RunOptions options = {}) {
  return detail::run_async(detail::erase_coroutine(std::forward<Handler>(handler)), std::move(options));
}

}  // namespace lmi
