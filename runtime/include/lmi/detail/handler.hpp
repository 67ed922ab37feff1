#pragma once

// How run() finds out what a handler takes and gives. Not for direct use.

#include "lmi/codec.hpp"
#include "lmi/context.hpp"
#include "lmi/detail/stream_port.hpp"
#include "lmi/error.hpp"
#include "lmi/payload.hpp"
#include "lmi/stream.hpp"

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace lmi::detail {

/// The event as it arrived. Valid until the handler is done.
struct EventView {
  std::string_view data;
  std::string_view content_type;
};

/// An error whose bytes the handler wrote itself, sent as they are: lmi::aws_lambda_compat needs it.
struct VerbatimError {
  Payload body;
  std::string xray_cause;  ///< JSON for Lambda-Runtime-Function-XRay-Error-Cause; empty: no header.
};

/// What a handler left behind: an answer, or an error. Reused by the next invocation of the slot.
struct Outcome {
  Payload answer;
  std::optional<Error> error;

  StreamPort* port = nullptr;  ///< Where a streamed answer goes; the engine's, for as long as the slot lives.
  bool streamed = false;       ///< The handler streams: `answer` holds the content type only.
  bool stream_started = false;            ///< Something has been sent.
  std::optional<VerbatimError> verbatim;  ///< In place of the body made from `error`, which is there too.
};

using BlockingFunction = std::function<void(EventView, Context&, Outcome&)>;

template <class T>
inline constexpr bool is_task = false;  // <lmi/async.hpp> adds Task<T>

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<Result<T>> = true;

template <class T>
inline constexpr bool always_false = false;

/// What a call signature says: the event type, the result, and whether a context is taken.
template <class R, class... Args>
struct SignatureOf {
  static_assert(
      sizeof...(Args) >= 1 && sizeof...(Args) <= 3,
      "an lmi handler takes (Event), (Event, lmi::Context&) or (Event, lmi::Context&, "
      "lmi::ResponseStream&); a coroutine takes lmi::Context and lmi::AsyncResponseStream by value");
  using Return = R;
  static constexpr bool takes_context = sizeof...(Args) >= 2;
  static constexpr bool takes_stream = sizeof...(Args) == 3;

  template <class First, class...>
  struct Head {
    using Type = First;
  };
  using Event = std::remove_cvref_t<typename Head<Args...>::Type>;
};

template <class F, class = void>
struct Signature {
  static_assert(always_false<F>,
                "an lmi handler is a function or an object with exactly one, non-template, operator()");
};
template <class R, class... A>
struct Signature<R (*)(A...)> : SignatureOf<R, A...> {};
template <class R, class... A>
struct Signature<R (*)(A...) noexcept> : SignatureOf<R, A...> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...)> : SignatureOf<R, A...> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const> : SignatureOf<R, A...> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) noexcept> : SignatureOf<R, A...> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const noexcept> : SignatureOf<R, A...> {};
template <class F>
struct Signature<F, std::void_t<decltype(&F::operator())>> : Signature<decltype(&F::operator())> {};

template <class H>
using SignatureFor = Signature<std::decay_t<H>>;

template <class H>
inline constexpr bool returns_task = is_task<typename SignatureFor<H>::Return>;

template <class T>
concept Decodable = requires(std::string_view text) {
  { Codec<T>::decode(text, text) } -> std::convertible_to<T>;
};
template <class T>
concept Encodable = requires(T value, Payload& answer) {
  Codec<T>::encode(std::move(value), answer);
};

/// Nothing of the event matters to the answer: the usual case.
struct NoHint {};

/// What Codec<E> remembers of an event for the writing of its answer; see codec.hpp.
template <class E>
auto answer_hint(const E& event) {
  if constexpr (requires { Codec<E>::answer_hint(event); }) {
    return Codec<E>::answer_hint(event);
  } else {
    return NoHint{};
  }
}

template <class T, class Hint>
concept EncodableWithHint = requires(T value, const Hint& hint, Payload& answer) {
  Codec<T>::encode(std::move(value), hint, answer);
};

template <class E>
E decode(EventView event) {
  static_assert(Decodable<E>,
                "no way to read this event type: include <lmi/json.hpp> for types that "
                "nlohmann::json converts, or specialise lmi::Codec");
  return Codec<E>::decode(event.data, event.content_type);
}

/// A handler that streams its answer has none left to return.
template <class Shape, class Value>
inline constexpr bool gives_one_answer =
    !Shape::takes_stream || std::is_void_v<Value> || std::is_same_v<Value, Result<void>>;

template <class T, class Hint = NoHint>
void encode(T&& value, Outcome& outcome, const Hint& hint = {}) {
  using Value = std::remove_cvref_t<T>;
  if constexpr (is_result<Value>) {
    if (value.has_error()) {
      outcome.error = std::forward<T>(value).error();
    } else if constexpr (!std::is_void_v<typename Value::value_type>) {
      encode(*std::forward<T>(value), outcome, hint);
    }
  } else if constexpr (EncodableWithHint<Value, Hint>) {
    Codec<Value>::encode(std::forward<T>(value), hint, outcome.answer);
  } else {
    static_assert(Encodable<Value>,
                  "no way to write this answer type: include <lmi/json.hpp> for types that "
                  "nlohmann::json converts, or specialise lmi::Codec; an lmi::HttpResponse answers "
                  "an lmi::HttpRequest only");
    Codec<Value>::encode(std::forward<T>(value), outcome.answer);
  }
}

/// Hides a blocking handler's types. The handler is called from many threads at once.
template <class H>
BlockingFunction erase_blocking(H&& handler) {
  using Shape = SignatureFor<H>;
  static_assert(gives_one_answer<Shape, typename Shape::Return>,
                "a streaming handler returns void or lmi::Result<void>: its answer is what it writes");
  // Shared by the copies std::function may make of the closure: a handler may own what cannot be copied.
  auto shared = std::make_shared<std::decay_t<H>>(std::forward<H>(handler));
  return [shared = std::move(shared)](EventView event, Context& context, Outcome& outcome) {
    auto decoded = decode<typename Shape::Event>(event);
    [[maybe_unused]] const auto hint = answer_hint(decoded);  // before the handler may move the event away
    const auto call = [&]() -> typename Shape::Return {
      if constexpr (Shape::takes_stream) {
        outcome.streamed = true;
        ResponseStream stream{outcome};
        return std::invoke(*shared, std::move(decoded), context, stream);
      } else if constexpr (Shape::takes_context) {
        return std::invoke(*shared, std::move(decoded), context);
      } else {
        return std::invoke(*shared, std::move(decoded));
      }
    };
    if constexpr (std::is_void_v<typename Shape::Return>) {
      call();
    } else {
      encode(call(), outcome, hint);
    }
  };
}

}  // namespace lmi::detail
