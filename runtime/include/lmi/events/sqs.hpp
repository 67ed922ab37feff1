#pragma once

// What an SQS event source mapping delivers. A handler takes the event as it is:
//
//   lmi::BatchResponse handle(const lmi::SqsEvent& event, lmi::Context& context) {
//     return lmi::process_batch(event, context, [](const lmi::SqsMessage& message) { … });
//   }
//
// An event of another type fails the invocation with InvalidEvent. Unknown members are ignored, absent ones
// empty.
//
// Threads, lifetime: values that own what they hold. Errors: decoding throws lmi::Error "InvalidEvent".

#include "lmi/events/batch.hpp"
#include "lmi/events/time.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lmi {

struct SqsMessageAttribute {
  std::string data_type{};     ///< "String", "Number" or "Binary", perhaps with ".label".
  std::string string_value{};  ///< Of String and Number.
  std::string binary_value{};  ///< Bytes: base64 is undone.
};

struct SqsMessage {
  std::string message_id{};  ///< Required.
  std::string receipt_handle{};
  std::string body{};
  std::string md5_of_body{};
  std::string event_source_arn{};  ///< The queue's.
  std::string aws_region{};
  std::map<std::string, std::string, std::less<>> attributes{};  ///< SQS's own, e.g. "SentTimestamp".
  std::map<std::string, SqsMessageAttribute, std::less<>> message_attributes{};  ///< The sender's.

  /// An attribute of SQS's own, empty when there is none.
  [[nodiscard]] std::string_view attribute(std::string_view name) const noexcept;
  [[nodiscard]] std::string_view message_group_id() const noexcept { return attribute("MessageGroupId"); }
  [[nodiscard]] std::string_view deduplication_id() const noexcept {
    return attribute("MessageDeduplicationId");
  }
  /// How often the message has been received, this time included; 0 when the event does not say.
  [[nodiscard]] unsigned approximate_receive_count() const noexcept;
  [[nodiscard]] std::optional<EventTime> sent() const noexcept;

  [[nodiscard]] std::string_view item_id() const noexcept { return message_id; }
};

/// Which messages of a batch have failed.
///
/// A FIFO queue keeps the order within a message group: after the first failure of a group the rest of that
/// group must not be processed, or it would overtake; it is reported failed too, and comes again behind the
/// first. Other groups, and messages of standard queues, which have no group, go on.
class SqsFailures {
 public:
  /// Whether `message` must not be processed now. It is reported failed then.
  [[nodiscard]] bool skip(const SqsMessage& message);
  void failed(const SqsMessage& message);
  [[nodiscard]] BatchResponse response() && { return std::move(response_); }

 private:
  std::set<std::string, std::less<>> failed_groups_;
  BatchResponse response_;
};

struct SqsEvent {
  using Failures = SqsFailures;
  static constexpr std::string_view source = "sqs";

  std::vector<SqsMessage> records{};
};

void from_json(const nlohmann::json& json, SqsEvent& event);

template <>
struct Codec<SqsEvent> {
  static SqsEvent decode(std::string_view data, std::string_view content_type = {});
};

}  // namespace lmi
