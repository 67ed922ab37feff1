#pragma once

#include "lmi/middleware.hpp"
#include "lmi/span.hpp"

#include <atomic>
#include <chrono>
#include <string>

namespace lmi {

struct TracingOptions {
  /// Whose trace an invocation joins.
  enum class Parent {
    platform,    ///< That of the platform's X-Ray header.
    http_event,  ///< That of a traceparent header inside an HTTP event (API Gateway, ALB, function URL); the
                 ///< platform's where there is none. Any caller can then choose the trace id and the flag.
  };
  Parent parent = Parent::platform;

  /// Which invocations are recorded. Without X-Ray active, Lambda's header says Sampled=0 on every
  /// invocation: `follow` then records nothing.
  enum class Sampling { follow, always, never };
  Sampling sampling = Sampling::follow;

  /// With `follow`: what to do when no header has decided.
  bool sample_undecided = true;

  /// How long the end of an invocation waits for the sink to deliver. Zero: not at all. More only on standard
  /// Lambda, where the process is frozen between invocations; the wait is part of the caller's, and with
  /// coroutine handlers it holds a worker.
  std::chrono::milliseconds flush_limit{0};

  /// Empty: the function's name.
  std::string span_name{};
};

/// The middleware that opens a span around each invocation:
///
///     lmi::Tracing tracing{sink};
///     const auto handler = [&](const Order& order, lmi::Context& context) {
///       const auto lookup = tracing.of(context).child("lookup");
///       …
///     };
///     return lmi::run(handler, {.middleware = {&tracing}});
///
/// of(context) is that span: set attributes on it, make children of it, hand on its context().headers().
/// The span has kind server, faas.invocation_id, faas.coldstart and aws.lambda.invoked_arn; a failed
/// invocation gives it the status error, with error.type.
///
/// Threads:  serves any number of invocations at once; each has its own span and nothing else.
/// Lifetime: `sink` must outlive it, and it run().
/// Errors:   none of its own: an invocation goes on untraced rather than not at all.
class Tracing final : public MiddlewareWithState<Span> {
 public:
  explicit Tracing(SpanSink& sink, TracingOptions options = {});

  Decision before(const RawEvent& event, Context& context) override;
  void after(Context& context, Completion& completion) override;

 private:
  [[nodiscard]] TraceContext parent_of(const RawEvent& event, const Context& context) const;

  SpanSink& sink_;
  const TracingOptions options_;
  std::atomic<bool> cold_{true};
};

}  // namespace lmi
