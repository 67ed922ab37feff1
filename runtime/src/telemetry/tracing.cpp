#include "lmi/tracing.hpp"

#include "telemetry/http_trace_headers.hpp"

#include <utility>

namespace lmi {

Tracing::Tracing(SpanSink& sink, TracingOptions options) : sink_{sink}, options_{std::move(options)} {}

TraceContext Tracing::parent_of(const RawEvent& event, const Context& context) const {
  if (options_.parent == TracingOptions::Parent::http_event) {
    if (const auto headers = telemetry::http_trace_headers(event.data)) {
      if (auto caller = TraceContext::from_w3c(headers->traceparent, headers->tracestate)) return *caller;
    }
  }
  if (auto platform = TraceContext::from_xray(context.trace_id(), options_.sample_undecided))
    return *platform;
  return TraceContext::start(options_.sample_undecided);
}

Decision Tracing::before(const RawEvent& event, Context& context) {
  auto parent = parent_of(event, context);
  if (options_.sampling != TracingOptions::Sampling::follow)
    parent.sampled = options_.sampling == TracingOptions::Sampling::always;

  auto& span = of(context);
  const auto name = options_.span_name.empty() ? context.function_name() : options_.span_name;
  span = Span{sink_, parent, name, SpanKind::server};
  const bool cold = cold_.load(std::memory_order_relaxed) && cold_.exchange(false);
  // https://opentelemetry.io/docs/specs/semconv/faas/aws-lambda/
  span.set("faas.invocation_id", context.request_id());
  span.set("faas.coldstart", cold);
  if (!context.function_arn().empty()) span.set("aws.lambda.invoked_arn", context.function_arn());
  return go_on;
}

void Tracing::after(Context& context, Completion& completion) {
  auto& span = of(context);
  if (const auto* error = completion.error()) {
    span.set("error.type", error->type);
    span.fail(error->message);
  }
  span.end();
  if (options_.flush_limit.count() > 0) sink_.flush(options_.flush_limit);
}

}  // namespace lmi
