#pragma once

// What a Kinesis event source mapping delivers, used like the events of <lmi/events/sqs.hpp>. Unknown members
// are ignored, absent ones empty; an event of another type fails the invocation with InvalidEvent.
//
// Threads, lifetime: values that own what they hold. Errors: decoding throws lmi::Error "InvalidEvent".

#include "lmi/events/batch.hpp"
#include "lmi/events/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi {

struct KinesisRecord {
  std::string sequence_number{};  ///< Required.
  std::string partition_key{};
  std::string data{};  ///< Bytes: base64 is undone.
  std::optional<EventTime> approximate_arrival{};
  std::string encryption_type{};  ///< "KMS" or empty.
  std::string event_id{};         ///< "shardId-…:<sequence number>"
  std::string event_source_arn{};
  std::string aws_region{};

  [[nodiscard]] std::string_view item_id() const noexcept { return sequence_number; }
};

struct KinesisEvent {
  using Failures = StreamFailures;
  static constexpr std::string_view source = "kinesis";

  std::vector<KinesisRecord> records{};
};

void from_json(const nlohmann::json& json, KinesisEvent& event);

template <>
struct Codec<KinesisEvent> {
  static KinesisEvent decode(std::string_view data, std::string_view content_type = {});
};

}  // namespace lmi
