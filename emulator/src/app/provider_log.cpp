#include "app/provider_log.hpp"

#include "model/utc_time.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace lmi::emulator::app {
namespace {

using Event = ProviderLog::Event;

enum Level { debug, info, warn };
constexpr std::array<std::string_view, 3> level_names = {"DEBUG", "INFO", "WARN"};

int level_of(std::string_view name) {
  for (std::size_t i = 0; i < level_names.size(); ++i) {
    if (level_names.at(i) == name) return static_cast<int>(i);
  }
  return info;  // AWS's default
}

struct Form {
  Level level;
  bool has_instance;  ///< Whether there is, or was, a machine with an id.
};

// Levels: D-syslog.
Form form_of(Event event) {
  switch (event) {
    case Event::launching: return {info, false};
    case Event::launched: return {info, true};
    case Event::launch_failed: return {warn, false};
    case Event::terminating: return {info, true};
    case Event::terminated: return {info, true};
    case Event::health_check_failed: return {warn, true};
  }
  return {info, true};
}

std::string message_of(Event event, const ProviderLog::Instance& instance) {
  const std::string machine = instance.type + " instance " + instance.name + " in " + instance.zone;
  const std::string wish = instance.type + " instance in " + instance.zone;
  switch (event) {
    case Event::launching: return "Launching " + wish;                // text: ours
    case Event::launched: return "Successfully launched " + machine;  // seen in AWS's logs
    case Event::launch_failed:                                        // seen in AWS's logs
      return "Failed to launch " + wish + ": Internal error - the system will retry";
    case Event::terminating: return "Terminating " + machine;                      // text: ours
    case Event::terminated: return "Successfully terminated " + machine;           // text: ours
    case Event::health_check_failed: return "Health check failed for " + machine;  // text: ours
  }
  return {};
}

}  // namespace

void ProviderLog::put(const control_plane::ProviderDeployment& provider) {
  targets_[provider.name] = {provider.arn, provider.log_group, level_of(provider.log_level)};
}

void ProviderLog::write(Event event, const Instance& instance) {
  const auto found = targets_.find(instance.provider);
  const Form form = form_of(event);
  if (found == targets_.end() || form.level < found->second.level) return;
  const auto now = wall_clock_();
  nlohmann::ordered_json metadata;
  if (form.has_instance) metadata["instanceId"] = instance.name;
  metadata["availabilityZones"] = {instance.zone};
  metadata["instanceTypes"] = {instance.type};
  metadata["capacityProviderArn"] = found->second.arn;
  const nlohmann::ordered_json line{{"timestamp", model::utc_text(now)},
                                    {"level", level_names.at(form.level)},
                                    {"message", message_of(event, instance)},
                                    {"metadata", std::move(metadata)}};
  logs_.append({.seq = 0,
                .time = now,
                .function_name = found->second.group,
                .version = {},
                .environment = form.has_instance ? instance.name : std::string{},
                .source = "platform",
                .line = line.dump()});
}

}  // namespace lmi::emulator::app
