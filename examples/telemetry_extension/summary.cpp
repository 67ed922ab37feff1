#include "summary.hpp"

#include <lmi/telemetry_json.hpp>

using nlohmann::json;
using namespace nlohmann::literals;

std::optional<std::string> Summary::add(const lmi::TelemetryEvent& event) {
  {
    const std::lock_guard lock{mutex_};
    ++per_type_[event.type];
  }
  if (event.type != "platform.report") return std::nullopt;
  const auto report = lmi::telemetry_record(event);
  return json{{"summary", "invocation"},
              {"requestId", event.request_id},
              {"status", report.value("status", "")},
              {"durationMs", report.value("/metrics/durationMs"_json_pointer, 0.0)}}
      .dump();
}

std::string Summary::total() {
  const std::lock_guard lock{mutex_};
  return json{{"summary", "total"}, {"events", per_type_}}.dump();
}
