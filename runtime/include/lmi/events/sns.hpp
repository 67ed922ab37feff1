#pragma once

// What an SNS subscription delivers. Unknown members are ignored, absent ones empty; an event of another type
// fails the invocation with InvalidEvent.
//
// Threads, lifetime: values that own what they hold. Errors: decoding throws lmi::Error "InvalidEvent".

#include "lmi/codec.hpp"
#include "lmi/events/time.hpp"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi {

struct SnsMessageAttribute {
  std::string type{};   ///< "String", "String.Array", "Number" or "Binary".
  std::string value{};  ///< As in the event: a Binary one is base64.
};

struct SnsRecord {
  std::string event_subscription_arn{};
  std::string message_id{};
  std::string type{};  ///< "Notification"
  std::string topic_arn{};
  std::string subject{};
  std::string message{};  ///< Required.
  std::optional<EventTime> timestamp{};
  std::map<std::string, SnsMessageAttribute, std::less<>> message_attributes{};
};

struct SnsEvent {
  std::vector<SnsRecord> records{};
};

void from_json(const nlohmann::json& json, SnsEvent& event);

template <>
struct Codec<SnsEvent> {
  static SnsEvent decode(std::string_view data, std::string_view content_type = {});
};

}  // namespace lmi
