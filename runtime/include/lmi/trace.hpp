#pragma once

// Where an invocation stands in a distributed trace: the X-Ray header and W3C Trace Context.
//
// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
// https://www.w3.org/TR/trace-context/

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi {

/// An id of 16 bytes (a trace) or 8 (a span). All zero: none.
template <std::size_t Size>
struct TraceBytes {
  std::array<std::uint8_t, Size> bytes{};

  /// Lower-case hexadecimal digits.
  [[nodiscard]] std::string hex() const;
  [[nodiscard]] bool is_none() const noexcept { return *this == TraceBytes{}; }

  /// From exactly that many lower-case hexadecimal digits, not all of them zero.
  static std::optional<TraceBytes> from_hex(std::string_view digits);

  /// From the kernel's random source: ids stay distinct across threads and across fork(). Throws
  /// std::system_error when there is none.
  static TraceBytes random();

  friend bool operator==(const TraceBytes&, const TraceBytes&) = default;
};

using TraceId = TraceBytes<16>;
using SpanId = TraceBytes<8>;

/// The place of one operation in a trace. A value: nothing here is global or bound to a thread, so concurrent
/// invocations cannot mix theirs up.
///
/// Threads: as any value.
/// Errors: the parsers are strict and answer nothing for a header that is not exactly in its format; the
///         standards say to ignore such a header.
struct TraceContext {
  TraceId trace_id{};
  SpanId span_id{};  ///< The operation's own id: the parent of what it calls. None at the start of a trace.
  bool sampled = false;  ///< Whether spans of this trace are recorded.

  /// W3C tracestate, as received: other vendors' data, handed on unchanged.
  std::string trace_state{};

  /// X-Ray's Lineage field, handed on unchanged: Lambda finds recursive loops by it.
  std::string lineage{};

  /// Reads "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1": fields in any order,
  /// unknown ones ignored, Parent optional. `if_undecided` is `sampled` when the header leaves that open.
  static std::optional<TraceContext> from_xray(std::string_view header, bool if_undecided = false);

  /// Reads a traceparent, and the tracestate that came with it: several tracestate headers joined with
  /// commas. A tracestate that breaks its format is dropped, its traceparent is not.
  static std::optional<TraceContext> from_w3c(std::string_view traceparent, std::string_view tracestate = {});

  /// The start of a new trace, in X-Ray's form: the id begins with the time.
  static TraceContext start(bool sampled);

  /// The same trace, with a span id of its own.
  [[nodiscard]] TraceContext child() const;

  /// "Root=…;Parent=…;Sampled=…", for X-Amzn-Trace-Id. Empty without a trace id.
  [[nodiscard]] std::string xray() const;

  /// "00-…-…-01". Empty when an id is missing.
  [[nodiscard]] std::string traceparent() const;

  /// Name and value of what to add to a downstream request: traceparent, tracestate when there is one, and
  /// X-Amzn-Trace-Id.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> headers() const;

  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

}  // namespace lmi
