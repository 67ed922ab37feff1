#pragma once

// What S3 event notifications deliver. Unknown members are ignored, absent ones empty; an event of another
// type fails the invocation with InvalidEvent. Notifications that come by way of a queue or a topic are in
// the message: lmi::Codec<lmi::S3Event>::decode(message.body).
//
// Threads, lifetime: values that own what they hold. Errors: decoding throws lmi::Error "InvalidEvent".

#include "lmi/codec.hpp"
#include "lmi/events/time.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi {

struct S3Record {
  std::string event_name{};  ///< e.g. "ObjectCreated:Put"
  std::optional<EventTime> event_time{};
  std::string aws_region{};
  std::string principal_id{};
  std::string source_ip{};
  std::string configuration_id{};

  std::string bucket_name{};  ///< Required.
  std::string bucket_arn{};

  std::string key{};       ///< Required. Decoded: what GetObject wants.
  std::string raw_key{};   ///< As in the event: form-encoded, "Happy+Face.jpg".
  std::uint64_t size = 0;  ///< Bytes; 0 for deletions.
  std::string etag{};
  std::string version_id{};
  std::string sequencer{};  ///< Orders the events of one key: compare as hexadecimal numbers.
};

struct S3Event {
  std::vector<S3Record> records{};
};

void from_json(const nlohmann::json& json, S3Event& event);

template <>
struct Codec<S3Event> {
  static S3Event decode(std::string_view data, std::string_view content_type = {});
};

}  // namespace lmi
