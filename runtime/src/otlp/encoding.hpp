#pragma once

#include "lmi/span.hpp"

#include <span>
#include <string>
#include <vector>

namespace lmi::otlp {

/// `attributes` as OTLP's JSON: [{"key":…,"value":{"stringValue":…}},…]. Pure.
std::string encode_attributes(const std::vector<Attribute>& attributes);

/// An ExportTraceServiceRequest in OTLP's JSON form, where ids are hexadecimal and 64-bit numbers are
/// strings: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding. `resource_attributes` is
/// encode_attributes'. Pure.
std::string encode_request(std::span<const SpanData> spans, const std::string& resource_attributes);

}  // namespace lmi::otlp
