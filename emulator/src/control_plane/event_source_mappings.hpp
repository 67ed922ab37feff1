#pragma once

#include "control_plane/control_plane.hpp"
#include "control_plane/settling.hpp"
#include "events/sqs_poller.hpp"
#include "loop/loop.hpp"
#include "model/names.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lmi::emulator::control_plane {

/// One event source mapping.
struct EventSourceMapping {
  std::string uuid;
  model::FunctionReference function;
  model::Scope scope;
  /// Members of EventSourceMappingConfiguration that requests set, defaults filled in.
  nlohmann::json settings = nlohmann::json::object();
  nlohmann::json tags = nlohmann::json::object();
  bool enabled = true;
  const char* state = "Creating";
  std::chrono::system_clock::time_point last_modified{};

  std::string source_arn() const { return settings.value("EventSourceArn", std::string{}); }
};

/// Of documents in the store; their key is the UUID.
inline constexpr const char* event_source_mapping_kind = "event-source-mapping";
std::string to_document(const EventSourceMapping& mapping);

/// The mappings, and for each enabled one of a queue its poller.
///
/// Threads:  loop thread.
/// Lifetime: references must outlive it.
class EventSourceMappings {
 public:
  struct Parts {
    Loop& loop;
    Settling& settling;
    events::Targets& targets;
    const ControlPlaneConfig& config;
  };
  explicit EventSourceMappings(Parts parts);

  /// nullptr when there is none in that Region.
  EventSourceMapping* find(const std::string& uuid, const model::Scope& scope);
  const std::map<std::string, EventSourceMapping>& all() const noexcept { return all_; }

  /// Keeps it, in state Creating; enters its lasting state soon.
  void add(EventSourceMapping mapping);
  /// It was changed and is in a passing state: its poller ends, and another begins when it is enabled.
  void changed(const std::string& uuid);
  /// It is in state Deleting: goes when its last batch has ended.
  void remove(const std::string& uuid);

  void restore(std::string uuid, std::string_view document);

  /// No batch is begun any more.
  void stop();

 private:
  /// Ends the poller, waits `delay`, then does `then`.
  void quiesce(const std::string& uuid, std::chrono::milliseconds delay, std::function<void()> then);
  void settled(const std::string& uuid);
  void start_poller(const EventSourceMapping& mapping);

  Parts parts_;
  std::optional<events::SqsClient> sqs_;
  std::map<std::string, EventSourceMapping> all_;
  std::map<std::string, std::unique_ptr<events::SqsPoller>> pollers_;
};

}  // namespace lmi::emulator::control_plane
