#pragma once

// Coroutine handlers. The only public header that shows Asio.

#include "lmi/run.hpp"
#include "lmi/stream.hpp"

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

/// ResponseStream for coroutines: `lmi::Task<> h(E, lmi::Context, lmi::AsyncResponseStream)`. A write that
/// has to wait holds no thread.
///
/// Threads:  one write at a time, from the handler's own coroutine.
/// Lifetime: a handle, as lmi::Context is: valid until the handler finishes.
class AsyncResponseStream {
 public:
  explicit AsyncResponseStream(detail::Outcome& outcome) noexcept : outcome_{&outcome} {}

  /// As ResponseStream's.
  void content_type(std::string type);

  /// As ResponseStream's; what it throws is thrown by the call, not by the wait.
  [[nodiscard]] Task<> begin_http(const HttpPrelude& prelude);

  /// Give the prelude a name first: g++ 12 destroys a braced temporary inside a co_await expression twice.
  Task<> begin_http(HttpPrelude&& prelude) = delete;

  /// As ResponseStream's. The bytes stay the caller's, and must stay, until the wait is over.
  [[nodiscard]] Task<> write(std::string_view bytes);

  /// As ResponseStream's.
  [[nodiscard]] bool started() const noexcept;

 private:
  detail::Outcome* outcome_;
};

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
  static_assert(
      gives_one_answer<Shape, Value>,
      "a streaming handler returns Task<> or Task<lmi::Result<void>>: its answer is what it writes");
  AsyncResponseStream stream{outcome};
  const auto call = [&](typename Shape::Event&& value) {
    if constexpr (Shape::takes_stream) {
      outcome.streamed = true;
      return std::invoke(handler, std::move(value), context, stream);
    } else if constexpr (Shape::takes_context) {
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

/// run() for coroutine handlers: `lmi::Task<R> h(E)`, `lmi::Task<R> h(E, lmi::Context)` or, to
/// stream the answer, `lmi::Task<> h(E, lmi::Context, lmi::AsyncResponseStream)`.
///
/// Threads:  options.workers threads run all handlers; a handler that blocks or computes holds one of
///           them, and never delays another slot's poll, event or answer.
/// Lifetime: take arguments by value: a reference parameter is valid until the coroutine finishes, a view
///           of the event likewise. Everything else as for run() above.
template <class Handler>
requires(detail::returns_task<Handler>) [[nodiscard]] int run(Handler&& handler, RunOptions options = {}) {
  return detail::run_async(detail::erase_coroutine(std::forward<Handler>(handler)), std::move(options));
}

}  // namespace lmi
