#pragma once

#include <string>
#include <string_view>

namespace lmi::telemetry {

/// `text` (a W3C tracestate header) without spaces around its members and without empty members; empty when
/// it breaks the format in any place: https://www.w3.org/TR/trace-context/#tracestate-header. Pure.
std::string valid_trace_state(std::string_view text);

}  // namespace lmi::telemetry
