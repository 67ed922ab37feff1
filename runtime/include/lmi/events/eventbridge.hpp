#pragma once

// What EventBridge delivers. Unknown members are ignored, absent ones empty; an event of another type fails
// the invocation with InvalidEvent.
//
// Threads, lifetime: values that own what they hold. Errors: decoding throws lmi::Error "InvalidEvent".

#include "lmi/codec.hpp"
#include "lmi/events/time.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi {

struct EventBridgeEvent {
  std::string id{};
  std::string source{};       ///< Required, e.g. "aws.ec2".
  std::string detail_type{};  ///< Required, e.g. "EC2 Instance State-change Notification".
  std::string account{};
  std::string region{};
  std::optional<EventTime> time{};
  std::vector<std::string> resources{};

  /// JSON text; "{}" when there is none. With <lmi/json.hpp>:
  /// `lmi::Codec<StateChange>::decode(event.detail, {})`.
  std::string detail{};
};

void from_json(const nlohmann::json& json, EventBridgeEvent& event);

template <>
struct Codec<EventBridgeEvent> {
  static EventBridgeEvent decode(std::string_view data, std::string_view content_type = {});
};

}  // namespace lmi
