#pragma once

// Sends spans to an OpenTelemetry collector: OTLP over HTTP, in its JSON form. The optional component
// lmi::otlp.
//
// https://opentelemetry.io/docs/specs/otlp/#otlphttp

#include "lmi/span.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lmi {

struct OtlpOptions {
  /// Plain http:// only: the collector is expected on this machine, typically as an extension.
  std::string endpoint{"http://localhost:4318/v1/traces"};

  /// Added to every request.
  std::vector<std::pair<std::string, std::string>> headers{};

  /// Who sends: service.name, faas.name, ….
  std::vector<Attribute> resource{};

  /// For one request, from connecting to the reply.
  std::chrono::milliseconds request_limit{10'000};

  /// How long a batch that the collector refuses for now (429, 502, 503, 504, no connection) is tried again,
  /// after the reply's Retry-After or twice the last wait (100 ms to 5 s). Zero: not at all.
  std::chrono::milliseconds retry_limit{30'000};

  /// How long a span may wait for others to share its request.
  std::chrono::milliseconds batch_delay{1'000};
  std::size_t batch_size = 512;  ///< Spans in a request, at most.

  /// Spans that wait, at most; more are dropped and counted.
  std::size_t queue_size = 2'048;

  /// What the environment says: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or OTEL_EXPORTER_OTLP_ENDPOINT with
  /// /v1/traces added; OTEL_EXPORTER_OTLP_TRACES_HEADERS or OTEL_EXPORTER_OTLP_HEADERS;
  /// OTEL_EXPORTER_OTLP_TRACES_TIMEOUT or OTEL_EXPORTER_OTLP_TIMEOUT (ms); OTEL_BSP_SCHEDULE_DELAY (ms),
  /// OTEL_BSP_MAX_EXPORT_BATCH_SIZE, OTEL_BSP_MAX_QUEUE_SIZE. `resource`: service.name from OTEL_SERVICE_NAME
  /// or the function's name, OTEL_RESOURCE_ATTRIBUTES, and what Lambda's own variables tell (cloud.provider,
  /// cloud.region, faas.name, faas.version, faas.instance, faas.max_memory).
  /// Throws std::invalid_argument that names the variable, its value and what was expected.
  /// Threads: before any other thread may change the environment.
  static OtlpOptions from_environment();
};

/// Where the spans went. Their sum, with what still waits, is the number that were taken.
struct OtlpCounts {
  std::uint64_t delivered = 0;
  std::uint64_t dropped = 0;   ///< The queue was full, or the exporter shut down.
  std::uint64_t rejected = 0;  ///< Refused by the collector for good, or not delivered within retry_limit.
};

/// A SpanSink that sends what it takes to a collector, from a thread of its own.
///
///     lmi::OtlpExporter spans;                        // configured by the environment
///     lmi::Tracing tracing{spans};
///     return lmi::run(handler, {.on_shutdown = [&] { spans.shutdown(std::chrono::milliseconds{200}); },
///                               .middleware = {&tracing}});
///
/// Threads:  any. The thread starts with the first span: a process may fork before.
/// Lifetime: must outlive every Span that ends in it. The destructor drops what still waits.
/// Time:     take() never waits for the network. Delivery goes on between invocations, which standard Lambda
///           freezes: there, use TracingOptions::flush_limit.
/// Errors:   a collector that is away costs spans, never an invocation; the first refusal of each kind is
///           logged as a warning, counts() has the rest.
class OtlpExporter final : public SpanSink {
 public:
  /// Throws std::invalid_argument when the endpoint is not http://host[:port][/path], or a header is not one.
  explicit OtlpExporter(OtlpOptions options = OtlpOptions::from_environment());
  ~OtlpExporter() override;

  void take(SpanData&& span) noexcept override;

  /// False when `limit` passed before everything taken so far was delivered, or some of it was rejected.
  bool flush(std::chrono::milliseconds limit) override;

  /// Tries to deliver what waits within `limit`, then ends the thread; later spans are dropped. False when
  /// something was lost. Call it from RunOptions::on_shutdown, with a limit inside the platform's. A name in
  /// the endpoint that the resolver does not answer can hold it longer; an address, or localhost, cannot.
  bool shutdown(std::chrono::milliseconds limit);

  [[nodiscard]] OtlpCounts counts() const;

 private:
  class Delivery;
  std::unique_ptr<Delivery> delivery_;
};

}  // namespace lmi
