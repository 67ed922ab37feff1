#pragma once

// What an EventBridge rule with a schedule delivers, and EventBridge Scheduler when its target has no input
// of its own. Unknown members are ignored, absent ones empty; an event that is not a scheduled one fails the
// invocation with InvalidEvent.
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

struct ScheduledEvent {
  std::string id{};      ///< The same for each delivery of one firing.
  std::string source{};  ///< "aws.events" (rule) or "aws.scheduler".
  std::string account{};
  std::string region{};
  std::optional<EventTime> time{};       ///< When it was due.
  std::vector<std::string> resources{};  ///< The rule's or schedule's ARN.
};

void from_json(const nlohmann::json& json, ScheduledEvent& event);

template <>
struct Codec<ScheduledEvent> {
  static ScheduledEvent decode(std::string_view data, std::string_view content_type = {});
};

}  // namespace lmi
