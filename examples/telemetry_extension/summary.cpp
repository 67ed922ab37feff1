#include "summary.hpp"

#include <lmi/telemetry_json.hpp>

using nlohmann::json;
using namespace nlohmann::literals;

std::optional<std::string> Summary::add(const lmi::TelemetryEvent& event) {
  const std::lock_guard lock{mutex_};
  ++per_type_[event.type];
  // Lines of a function that logs through lmi carry the id of their invocation.
  if (event.type == "function" && !event.request_id.empty()) ++lines_[event.request_id];
  if (event.type != "platform.report") return std::nullopt;

  const auto report = lmi::telemetry_record(event);
  auto lines = lines_.extract(event.request_id);
  return json{{"summary", "invocation"},
              {"requestId", event.request_id},
              {"status", report.value("status", "")},
              {"durationMs", report.value("/metrics/durationMs"_json_pointer, 0.0)},
              {"lines", lines.empty() ? 0U : lines.mapped()}}
      .dump();
}

std::string Summary::total() {
  const std::lock_guard lock{mutex_};
  return json{{"summary", "total"}, {"events", per_type_}}.dump();
}
