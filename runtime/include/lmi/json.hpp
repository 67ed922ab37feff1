#pragma once

// Typed handlers over JSON. Shows nlohmann.

#include "lmi/codec.hpp"
#include "lmi/error.hpp"

#include <nlohmann/json.hpp>

#include <string_view>
#include <type_traits>
#include <utility>

namespace lmi {

namespace detail {

template <class T>
concept FromJson = std::is_same_v<T, nlohmann::json> || requires(const nlohmann::json& json) {
  json.get<T>();
};

template <class T>
concept ToJson = std::is_constructible_v<nlohmann::json, const T&>;

}  // namespace detail

/// Every type nlohmann::json converts. An empty event reads as null. An event that is not JSON, or not this
/// type, fails the invocation with Function.InvalidEvent. Bytes that are not UTF-8 in an answer's strings are
/// replaced, because the answer has to be JSON.
///
/// Threads:  as every Codec. Your from_json() and to_json() run for many invocations at once.
/// Lifetime: the value owns what it holds; nothing looks at the event's bytes afterwards.
/// Errors:   as said; other exceptions of your conversions as they are.
template <class T>
requires(detail::FromJson<T> || detail::ToJson<T>) struct Codec<T> {
  static T decode(std::string_view data, std::string_view /*content_type*/) requires detail::FromJson<T> {
    try {
      auto json = data.empty() ? nlohmann::json(nullptr) : nlohmann::json::parse(data);
      if constexpr (std::is_same_v<T, nlohmann::json>) {
        return json;
      } else {
        return json.template get<T>();
      }
    } catch (const nlohmann::json::exception& failure) {
      throw Error{.type = "InvalidEvent", .message = failure.what()};
    }
  }

  static void encode(const T& value, Payload& answer) requires detail::ToJson<T> {
    answer.data = nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
};

}  // namespace lmi
