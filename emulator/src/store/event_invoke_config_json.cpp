#include "store/event_invoke_config_json.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>

namespace lmi::emulator::model {

using std::chrono::milliseconds;

void to_json(nlohmann::json& to, const EventInvokeConfig& config) {
  const auto since = config.last_modified.time_since_epoch();
  to = {{"on_success", config.on_success},
        {"on_failure", config.on_failure},
        {"last_modified", std::chrono::duration_cast<milliseconds>(since).count()}};
  if (config.retry_attempts) to["retry_attempts"] = *config.retry_attempts;
  if (config.event_age_seconds) to["event_age_seconds"] = *config.event_age_seconds;
}

void from_json(const nlohmann::json& from, EventInvokeConfig& config) {
  config.on_success = from.value("on_success", "");
  config.on_failure = from.value("on_failure", "");
  config.last_modified =
      std::chrono::system_clock::time_point{milliseconds{from.value("last_modified", std::int64_t{0})}};
  if (from.contains("retry_attempts")) config.retry_attempts = from["retry_attempts"];
  if (from.contains("event_age_seconds")) config.event_age_seconds = from["event_age_seconds"];
}

}  // namespace lmi::emulator::model
