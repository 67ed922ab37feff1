#pragma once

#include "lmi/codec.hpp"
#include "lmi/context.hpp"
#include "lmi/detail/handler.hpp"
#include "lmi/error.hpp"

#include <nlohmann/json_fwd.hpp>

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace lmi {

/// Which items of a batch shall come again: {"batchItemFailures":[{"itemIdentifier":"…"}]}. The others are
/// done. The event source mapping must ask for it (FunctionResponseTypes: ReportBatchItemFailures); without
/// that, an answer means that all are done.
struct BatchResponse {
  std::vector<std::string>
      failures{};  ///< Message ids (SQS), sequence numbers (streams). Empty: all is done.
};

void to_json(nlohmann::json& json, const BatchResponse& response);

template <>
struct Codec<BatchResponse> {
  static void encode(const BatchResponse& response, Payload& answer);
};

namespace detail {

/// The Error in an exception, as the platform would be told it.
Error describe_failure(const std::exception_ptr& failure);

void log_failed_item(const Context& context, std::string_view source, std::string_view item,
                     const Error& error);

template <class F, class Record>
std::optional<Error> failure_of(F& f, const Record& record) {
  try {
    if constexpr (is_result<std::remove_cvref_t<std::invoke_result_t<F&, const Record&>>>) {
      if (auto result = std::invoke(f, record); result.has_error()) return std::move(result).error();
    } else {
      std::invoke(f, record);
    }
    return std::nullopt;
  } catch (...) {
    return describe_failure(std::current_exception());
  }
}

}  // namespace detail

/// Calls `f(record)` for each record of an SqsEvent, a KinesisEvent or a DynamoDbEvent, in order, and returns
/// which of them shall come again. A record has failed when `f` throws or returns a failed Result; that is
/// logged as a warning and does not fail the invocation. What a failure means for the records after it
/// depends on the source: see SqsFailures and StreamFailures.
///
/// Threads:  calls `f` on the caller's thread, one record after the other.
/// Lifetime: nothing is kept.
template <class Event, class F>
BatchResponse process_batch(const Event& event, const Context& context, F&& f) {
  typename Event::Failures failures;
  for (const auto& record : event.records) {
    if (failures.skip(record)) continue;
    if (const auto error = detail::failure_of(f, record)) {
      detail::log_failed_item(context, Event::source, record.item_id(), *error);
      failures.failed(record);
    }
  }
  return std::move(failures).response();
}

/// The failures of a Kinesis or DynamoDB batch. Streams are read in order and a retry begins at the lowest
/// number reported: after the first failure nothing more is processed, and it alone is reported.
class StreamFailures {
 public:
  template <class Record>
  [[nodiscard]] bool skip(const Record& /*record*/) const noexcept {
    return !response_.failures.empty();
  }
  template <class Record>
  void failed(const Record& record) {
    if (response_.failures.empty()) response_.failures.emplace_back(record.item_id());
  }
  [[nodiscard]] BatchResponse response() && { return std::move(response_); }

 private:
  BatchResponse response_;
};

}  // namespace lmi
