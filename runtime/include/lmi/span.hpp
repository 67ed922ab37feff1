#pragma once

#include "lmi/trace.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace lmi {

/// What an attribute of a span may be.
using SpanValue = std::variant<bool, std::int64_t, double, std::string>;

/// A name and a value, as OpenTelemetry has them.
struct Attribute {
  std::string key;
  SpanValue value;

  template <class T>
  Attribute(std::string_view name, const T& given) : key{name}, value{converted(given)} {}

 private:
  template <class T>
  static SpanValue converted(const T& given) {
    if constexpr (std::is_same_v<T, bool>) {
      return given;
    } else if constexpr (std::is_integral_v<T>) {
      return static_cast<std::int64_t>(given);
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<double>(given);
    } else {
      return std::string{std::string_view{given}};
    }
  }
};

enum class SpanKind { internal = 1, server, client, producer, consumer };  ///< OTLP's numbers.
enum class SpanStatus { unset, ok, error };                                ///< OTLP's numbers.

struct SpanEvent {
  std::string name;
  std::chrono::system_clock::time_point time;
  std::vector<Attribute> attributes;
};

/// A span that has ended.
struct SpanData {
  std::string name;
  TraceContext context;
  SpanId parent;  ///< None: the first of its trace here.
  SpanKind kind = SpanKind::internal;
  std::chrono::system_clock::time_point start;
  std::chrono::system_clock::time_point end;  ///< start and what the steady clock says has passed.
  std::vector<Attribute> attributes;
  std::vector<SpanEvent> events;
  std::uint32_t dropped_attributes = 0;  ///< Beyond span_limit.
  std::uint32_t dropped_events = 0;      ///< Beyond span_limit.
  SpanStatus status = SpanStatus::unset;
  std::string status_message;
};

/// Attributes, and events, that a span keeps: OpenTelemetry's default.
inline constexpr std::size_t span_limit = 128;

/// Where ended spans go; lmi::otlp has one that sends them to a collector.
/// Threads: any, at the same time.
class SpanSink {
 public:
  SpanSink() = default;
  virtual ~SpanSink() = default;
  SpanSink(const SpanSink&) = delete;
  SpanSink& operator=(const SpanSink&) = delete;

  /// Must not wait for anything: it runs in the handler.
  virtual void take(SpanData&& span) noexcept = 0;

  /// Waits until what was taken so far has been delivered, or for `limit`; false when it has not been.
  virtual bool flush(std::chrono::milliseconds limit) = 0;
};

/// One operation, from its construction to end() or its destruction.
///
///     auto query = tracing.of(context).child("SELECT orders", lmi::SpanKind::client);
///     query.set("db.system.name", "postgresql");
///     send(request, query.context().headers());
///
/// Threads:  one at a time for each span; child() and context() from any.
/// Lifetime: independent of its parent span; the sink must outlive it.
/// Errors:   none: what cannot be recorded is not. A span of a trace that is not sampled has ids to hand on
///           and records nothing.
class Span {
 public:
  /// Records nothing and has no ids.
  Span() noexcept = default;

  /// The child of `parent` in its trace; `parent` may come from another process.
  Span(SpanSink& sink, const TraceContext& parent, std::string_view name, SpanKind kind = SpanKind::internal);
  ~Span() { end(); }
  Span(Span&&) noexcept = default;
  Span& operator=(Span&& other) noexcept;

  [[nodiscard]] Span child(std::string_view name, SpanKind kind = SpanKind::internal) const;

  /// Of this span: what calls made inside it hand on.
  [[nodiscard]] const TraceContext& context() const noexcept { return context_; }

  /// Whether anybody will see what is added.
  [[nodiscard]] bool recording() const noexcept { return open_ != nullptr; }

  /// Sets an attribute, replacing an earlier value. Text, bool, or a number.
  template <class T>
  void set(std::string_view key, const T& value) {
    if (recording()) set_attribute(Attribute{key, value});
  }

  void add_event(std::string_view name, std::initializer_list<Attribute> attributes = {});

  /// Marks the span as failed. `message` is for people.
  void fail(std::string_view message);
  void set_ok();

  /// Ends it now and hands it to the sink. Later calls do nothing.
  void end() noexcept;

 private:
  struct Open {
    SpanData data;
    std::chrono::steady_clock::time_point started;
  };
  void set_attribute(Attribute attribute);

  TraceContext context_;
  SpanSink* sink_ = nullptr;
  std::unique_ptr<Open> open_;  ///< Null: not recording.
};

}  // namespace lmi
