#pragma once

#include "lmi/detail/handler.hpp"
#include "lmi/options.hpp"

#include <utility>

namespace lmi {

namespace detail {
int run_blocking(BlockingFunction handler, RunOptions options);
}

/// Serves invocations until SIGTERM (or SIGINT), then drains and returns the exit code for main().
///
/// The handler's shape is deduced: `R h(E)`, `R h(E, lmi::Context&)` or, to stream the answer,
/// `void h(E, lmi::Context&, lmi::ResponseStream&)`. E is what Codec can read, R is what it can write, void
/// (an empty answer), or Result<R>. Coroutine handlers need <lmi/async.hpp>.
///
/// Holds exactly AWS_LAMBDA_MAX_CONCURRENCY polls open (one, when the variable is absent).
///
/// Threads:  blocks the caller. The handler runs on that many threads at once, so it must be safe to call
///           concurrently; one invocation stays on one thread.
/// Lifetime: whatever the handler refers to must outlive run().
/// Time:     after SIGTERM handlers get options.drain_timeout. When some do not stop, run() calls
///           on_shutdown and ends the process instead of returning: their threads still use main's objects.
/// Errors:   an exception or an Error from the handler fails that invocation only. Returns
///           0 after a shutdown by SIGTERM or SIGINT;
///           1 when init or one of its steps failed or took too long, when slots or worker processes cannot
///           be started, when the Runtime API is gone, when it answered 500 and
///           options.exit_on_platform_error holds (standard Lambda), when more than
///           options.overrun.replace_above of the slots are held, or when a slot itself fails, as for want of
///           memory: stderr or the log says which; 2 when the environment is missing (started outside Lambda)
///           or malformed: stderr says what and how.
template <class Handler>
requires(!detail::returns_task<Handler>) [[nodiscard]] int run(Handler&& handler, RunOptions options = {}) {
  return detail::run_blocking(detail::erase_blocking(std::forward<Handler>(handler)), std::move(options));
}

}  // namespace lmi
