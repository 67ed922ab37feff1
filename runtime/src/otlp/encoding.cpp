#include "otlp/encoding.hpp"

#include "core/json_text.hpp"
#include "telemetry/json_number.hpp"

#include <cmath>

namespace lmi::otlp {
namespace {

void append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  core::append_json_text(out, text);
  out.push_back('"');
}

struct AppendValue {
  std::string& out;

  void operator()(bool value) const { out.append(value ? "{\"boolValue\":true}" : "{\"boolValue\":false}"); }
  void operator()(std::int64_t value) const {
    out.append("{\"intValue\":\"").append(std::to_string(value)).append("\"}");
  }
  void operator()(double value) const {
    out.append("{\"doubleValue\":");
    if (std::isfinite(value)) {
      telemetry::append_json_number(out, value);
    } else {
      out.append(std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    }
    out.push_back('}');
  }
  void operator()(const std::string& value) const {
    out.append("{\"stringValue\":");
    append_string(out, value);
    out.push_back('}');
  }
};

void append_attributes(std::string& out, const std::vector<Attribute>& attributes) {
  out.push_back('[');
  for (const auto& attribute : attributes) {
    if (out.back() != '[') out.push_back(',');
    out.append("{\"key\":");
    append_string(out, attribute.key);
    out.append(",\"value\":");
    std::visit(AppendValue{out}, attribute.value);
    out.push_back('}');
  }
  out.push_back(']');
}

void append_time(std::string& out, std::chrono::system_clock::time_point time) {
  const auto since_1970 = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch());
  out.append("\"").append(std::to_string(since_1970.count())).append("\"");
}

void append_count(std::string& out, std::string_view key, std::uint32_t count) {
  if (count > 0) out.append(",\"").append(key).append("\":").append(std::to_string(count));
}

void append_events(std::string& out, const std::vector<SpanEvent>& events) {
  out.append(",\"events\":[");
  for (const auto& event : events) {
    if (out.back() != '[') out.push_back(',');
    out.append("{\"timeUnixNano\":");
    append_time(out, event.time);
    out.append(",\"name\":");
    append_string(out, event.name);
    out.append(",\"attributes\":");
    append_attributes(out, event.attributes);
    out.push_back('}');
  }
  out.push_back(']');
}

void append_span(std::string& out, const SpanData& span) {
  out.append("{\"traceId\":\"").append(span.context.trace_id.hex());
  out.append("\",\"spanId\":\"").append(span.context.span_id.hex());
  if (!span.parent.is_none()) out.append("\",\"parentSpanId\":\"").append(span.parent.hex());
  out.append("\",\"flags\":").append(span.context.sampled ? "1" : "0");
  if (!span.context.trace_state.empty()) {
    out.append(",\"traceState\":");
    append_string(out, span.context.trace_state);
  }
  out.append(",\"name\":");
  append_string(out, span.name);
  out.append(",\"kind\":").append(std::to_string(static_cast<int>(span.kind)));
  out.append(",\"startTimeUnixNano\":");
  append_time(out, span.start);
  out.append(",\"endTimeUnixNano\":");
  append_time(out, span.end);
  out.append(",\"attributes\":");
  append_attributes(out, span.attributes);
  append_count(out, "droppedAttributesCount", span.dropped_attributes);
  append_events(out, span.events);
  append_count(out, "droppedEventsCount", span.dropped_events);
  out.append(",\"status\":{");
  if (span.status != SpanStatus::unset)
    out.append("\"code\":").append(std::to_string(static_cast<int>(span.status)));
  if (!span.status_message.empty()) {
    out.append(",\"message\":");
    append_string(out, span.status_message);
  }
  out.append("}}");
}

}  // namespace

std::string encode_attributes(const std::vector<Attribute>& attributes) {
  std::string out;
  append_attributes(out, attributes);
  return out;
}

std::string encode_request(std::span<const SpanData> spans, const std::string& resource_attributes) {
  std::string out = "{\"resourceSpans\":[{\"resource\":{\"attributes\":";
  out.append(resource_attributes);
  out.append("},\"scopeSpans\":[{\"scope\":{\"name\":\"lmi\"},\"spans\":[");
  for (const auto& span : spans) {
    if (out.back() != '[') out.push_back(',');
    append_span(out, span);
  }
  return out.append("]}]}]}");
}

}  // namespace lmi::otlp
