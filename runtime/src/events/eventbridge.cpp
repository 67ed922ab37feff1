#include "lmi/events/eventbridge.hpp"

#include "events/json_reader.hpp"
#include "lmi/events/scheduled.hpp"

namespace lmi {
namespace {

using events::Place;
using events::Reader;
using nlohmann::json;

std::string detail_text(const Reader& event) {
  const auto* detail = event.find("detail");
  if (detail == nullptr) return "{}";
  // EventBridge Scheduler sends JSON text inside a string.
  if (detail->is_string()) return detail->get<std::string>();
  return detail->dump();
}

}  // namespace

void from_json(const json& json, EventBridgeEvent& event) {
  const Place root;
  const Reader reader{json, root};
  event = {.id = reader.text("id"),
           .source = reader.required_text("source"),
           .detail_type = reader.required_text("detail-type"),
           .account = reader.text("account"),
           .region = reader.text("region"),
           .time = reader.time("time"),
           .resources = reader.texts("resources"),
           .detail = detail_text(reader)};
}

void from_json(const json& json, ScheduledEvent& event) {
  auto envelope = json.get<EventBridgeEvent>();
  if (envelope.detail_type != "Scheduled Event") {
    const Place root;
    events::fail(Place{root, "detail-type"}, "expected Scheduled Event, found " + envelope.detail_type);
  }
  event = {.id = std::move(envelope.id),
           .source = std::move(envelope.source),
           .account = std::move(envelope.account),
           .region = std::move(envelope.region),
           .time = envelope.time,
           .resources = std::move(envelope.resources)};
}

EventBridgeEvent Codec<EventBridgeEvent>::decode(std::string_view data, std::string_view /*content_type*/) {
  return events::parse_json(data).get<EventBridgeEvent>();
}

ScheduledEvent Codec<ScheduledEvent>::decode(std::string_view data, std::string_view /*content_type*/) {
  return events::parse_json(data).get<ScheduledEvent>();
}

}  // namespace lmi
