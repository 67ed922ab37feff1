#include "control_plane/event_source_mappings.hpp"

#include "control_plane/event_source_mapping_input.hpp"
#include "control_plane/identifiers.hpp"

#include <cstdint>
#include <stdexcept>
#include <utility>

namespace lmi::emulator::control_plane {

using nlohmann::json;
using std::chrono::milliseconds;

std::string to_document(const EventSourceMapping& mapping) {
  const auto modified = std::chrono::duration_cast<milliseconds>(mapping.last_modified.time_since_epoch());
  return json{{"function", mapping.function.name}, {"qualifier", mapping.function.qualifier},
              {"region", mapping.scope.region},    {"account", mapping.scope.account_id},
              {"settings", mapping.settings},      {"tags", mapping.tags},
              {"enabled", mapping.enabled},        {"last_modified", modified.count()}}
      .dump();
}

EventSourceMappings::EventSourceMappings(Parts parts) : parts_{parts} {
  const ControlPlaneConfig& config = parts_.config;
  if (config.client && config.places.sqs_endpoint) sqs_.emplace(*config.client, *config.places.sqs_endpoint);
}

EventSourceMapping* EventSourceMappings::find(const std::string& uuid, const model::Scope& scope) {
  const auto at = all_.find(uuid);
  return at == all_.end() || at->second.scope.region != scope.region ? nullptr : &at->second;
}

void EventSourceMappings::add(EventSourceMapping mapping) {
  const std::string uuid = mapping.uuid;
  all_[uuid] = std::move(mapping);
  changed(uuid);
}

void EventSourceMappings::changed(const std::string& uuid) {
  quiesce(uuid, parts_.config.delays.mapping_change, [this, uuid] { settled(uuid); });
}

void EventSourceMappings::remove(const std::string& uuid) {
  quiesce(uuid, parts_.config.delays.mapping_deletion, [this, uuid] { all_.erase(uuid); });
}

void EventSourceMappings::quiesce(const std::string& uuid, milliseconds delay, std::function<void()> then) {
  auto settle = [this, uuid, delay, then = std::move(then)] {
    pollers_.erase(uuid);
    parts_.settling.after("event source mapping " + uuid, delay, then);
  };
  const auto poller = pollers_.find(uuid);
  if (poller == pollers_.end()) return settle();
  // Posted: the poller may say so from inside one of its own calls, in which it must not be destroyed.
  poller->second->stop([this, settle = std::move(settle)] { parts_.loop.post(settle); });
}

void EventSourceMappings::settled(const std::string& uuid) {
  EventSourceMapping& mapping = all_.at(uuid);
  mapping.state = mapping.enabled ? "Enabled" : "Disabled";
  if (mapping.enabled) start_poller(mapping);
}

void EventSourceMappings::start_poller(const EventSourceMapping& mapping) {
  const auto about = "mapping.not_polled uuid=" + mapping.uuid + " source=" + mapping.source_arn();
  if (events::parse_queue_arn(mapping.source_arn()).name.empty()) {
    return parts_.config.warn(about + " reason=\"only SQS queues are polled by this emulator\"");
  }
  if (!sqs_) {
    return parts_.config.warn(
        about + " reason=\"no SQS endpoint is known; start the emulator with --sqs-endpoint URL\"");
  }
  auto& poller = pollers_[mapping.uuid];
  poller = std::make_unique<events::SqsPoller>(
      events::SqsPoller::Parts{parts_.loop, *sqs_, parts_.targets, parts_.config.events, random_uuid,
                               parts_.config.warn},
      sqs_mapping(mapping));
  poller->start();
}

void EventSourceMappings::restore(std::string uuid, std::string_view document) try {
  const json from = json::parse(document);
  EventSourceMapping mapping;
  mapping.uuid = uuid;
  mapping.function = {from.at("function"), from.at("qualifier")};
  mapping.scope = {from.at("region"), from.at("account")};
  mapping.settings = from.at("settings");
  mapping.tags = from.at("tags");
  mapping.enabled = from.at("enabled");
  mapping.last_modified = std::chrono::system_clock::time_point{milliseconds{from.at("last_modified")}};
  all_[uuid] = std::move(mapping);
  settled(uuid);
} catch (const json::exception& error) {
  throw std::runtime_error{"the event source mapping " + uuid + " cannot be read: " + error.what()};
}

void EventSourceMappings::stop() {
  for (const auto& [uuid, poller] : pollers_) poller->stop([] {});
}

}  // namespace lmi::emulator::control_plane
