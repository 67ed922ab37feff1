// Middleware around a handler: metrics in CloudWatch's embedded format, and OpenTelemetry spans.

#include <lmi/json.hpp>
#include <lmi/lmi.hpp>
#include <lmi/metrics.hpp>
#include <lmi/otlp.hpp>
#include <lmi/tracing.hpp>

namespace {

/// {"items": 3} → {"total": 29.97, "trace": …}
struct Quote {
  lmi::EmfMetrics& metrics;
  lmi::Tracing& tracing;

  nlohmann::json operator()(const nlohmann::json& event, lmi::Context& context) const {
    const int items = event.value("items", 1);
    if (items < 1) throw lmi::Error{.type = "BadRequest", .message = "\"items\" must be 1 or more"};

    auto& span = tracing.of(context);  // this invocation's own, as everything here
    span.set("shop.items", items);
    const double total = price(span) * items;

    auto& mine = metrics.of(context);
    mine.add("Items", items, lmi::Unit::count);
    mine.add("Total", total);
    mine.set_property("caller", event.value("caller", "unknown"));
    return {{"total", total}, {"trace", span.context().trace_id.hex()}};
  }

  static double price(const lmi::Span& parent) {
    auto lookup = parent.child("price lookup", lmi::SpanKind::client);
    lookup.add_event("asked", {{"shop.currency", "EUR"}});
    return 9.99;  // a real one asks a service, with lookup.context().headers() in the request
  }
};

}  // namespace

int main() {
  using std::chrono::milliseconds;
  lmi::OtlpExporter spans;  // OTEL_EXPORTER_OTLP_ENDPOINT says where to
  // Without X-Ray the platform says Sampled=0 on every invocation.
  lmi::Tracing tracing{spans, {.sampling = lmi::TracingOptions::Sampling::always}};
  lmi::EmfMetrics metrics{{.name_space = "Shop", .dimensions = {{"service", "quotes"}}, .duration = true}};

  return lmi::run(Quote{metrics, tracing}, {.on_shutdown = [&] { spans.shutdown(milliseconds{40}); },
                                            .drain_timeout = milliseconds{200},
                                            .middleware = {&metrics, &tracing}});
}
