#pragma once

#include "lmi/payload.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace lmi {

/// How a handler's event type is read from bytes, and its answer type written to them.
///
/// Bytes (std::string_view, std::string, Payload) are built in; <lmi/json.hpp> adds every type that
/// nlohmann::json converts. Specialise it for anything else:
///
///     template <> struct lmi::Codec<Order> {
///       static Order decode(std::string_view data, std::string_view content_type);  // may throw lmi::Error
///       static void encode(Order value, lmi::Payload& answer);
///     };
///
/// Only the direction that is used has to exist.
///
/// Where the answer's form depends on the event (HTTP front ends), the event's Codec may have
///
///       static Hint answer_hint(const Order& event);
///
/// which is called before the handler; the answer's Codec then may take it: encode(value, hint, answer).
///
/// Threads:  for many invocations at once, each on the thread (the strand) of its handler; with coroutine
///           handlers it must not wait.
/// Lifetime: the views given to decode() are valid until the handler returns (a coroutine: finishes).
/// Errors:   what they throw is the invocation's error, as if the handler had thrown it.
template <class T>
struct Codec;

/// The event without a copy. The view is valid until the handler returns (a coroutine: finishes).
template <>
struct Codec<std::string_view> {
  static std::string_view decode(std::string_view data, std::string_view /*content_type*/) { return data; }
  static void encode(std::string_view value, Payload& answer) { answer.data.assign(value); }
};

template <>
struct Codec<std::string> {
  static std::string decode(std::string_view data, std::string_view /*content_type*/) {
    return std::string{data};
  }
  static void encode(std::string value, Payload& answer) { answer.data = std::move(value); }
};

template <>
struct Codec<Payload> {
  static Payload decode(std::string_view data, std::string_view content_type) {
    return {.data = std::string{data}, .content_type = std::string{content_type}};
  }
  static void encode(Payload value, Payload& answer) { answer = std::move(value); }
};

}  // namespace lmi
