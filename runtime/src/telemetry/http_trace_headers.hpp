#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lmi::telemetry {

struct HttpTraceHeaders {
  std::string traceparent;
  std::string tracestate;  ///< Several are joined with commas.
};

/// The trace headers inside an HTTP event (API Gateway v1 and v2, ALB, function URL). Nothing when the event
/// is not one, or has no or more than one traceparent. Pure.
std::optional<HttpTraceHeaders> http_trace_headers(std::string_view event);

}  // namespace lmi::telemetry
