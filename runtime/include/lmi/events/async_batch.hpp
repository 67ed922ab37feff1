#pragma once

// process_batch() for coroutine handlers. Shows Asio, as <lmi/async.hpp> does.

#include "lmi/async.hpp"
#include "lmi/events/batch.hpp"

#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace lmi {

namespace detail {

template <class F, class Record>
Task<std::optional<Error>> async_failure_of(F& f, const Record& record) {
  try {
    using Value = typename TaskValue<std::remove_cvref_t<std::invoke_result_t<F&, const Record&>>>::Type;
    if constexpr (is_result<Value>) {
      auto result = co_await std::invoke(f, record);
      if (result.has_error()) co_return std::move(result).error();
    } else {
      co_await std::invoke(f, record);
    }
    co_return std::nullopt;
  } catch (...) {
    co_return describe_failure(std::current_exception());
  }
}

template <class Event, class F>
Task<BatchResponse> process_records(Event event, Context context, F f) {
  typename Event::Failures failures;
  for (const auto& record : event.records) {
    if (failures.skip(record)) continue;
    if (const auto error = co_await detail::async_failure_of(f, record)) {
      detail::log_failed_item(context, Event::source, record.item_id(), *error);
      failures.failed(record);
    }
  }
  co_return std::move(failures).response();
}

/// g++ 12 destroys a lambda written inside a co_await expression twice, with all it has captured by value.
template <class F>
concept SafelyTemporary = std::is_lvalue_reference_v<F> || std::is_trivially_destructible_v<F>;

}  // namespace detail

/// process_batch() for `Task<void> f(const Record&)` or `Task<Result<void>> f(const Record&)`: one record
/// after the other, in order. A lambda that captures more than references and plain values needs a name.
///
/// Threads:  f runs on the coroutine's own executor, one call at a time.
/// Lifetime: copies (or what is moved) of `event` and `f` live until all is done.
/// Errors:   of f: the record's, whether returned or thrown; logged, and reported in the response.
template <class Event, detail::SafelyTemporary F>
[[nodiscard]] Task<BatchResponse> process_batch_async(Event event, Context context, F&& f) {
  return detail::process_records<Event, std::decay_t<F>>(std::move(event), context, std::forward<F>(f));
}

}  // namespace lmi
