#pragma once

#include "invoke/handler_runner.hpp"
#include "lmi/async.hpp"

#include <memory>

namespace lmi::invoke {

/// Runs coroutine handlers on `workers` threads that share one queue: no ready coroutine waits while a worker
/// is idle. Each invocation has a strand, so it is never on two threads at once. The one source file
/// that uses Asio's machinery stands behind it.
std::unique_ptr<HandlerRunner> make_coroutine_workers(detail::AsyncFunction handler, unsigned workers,
                                                      std::size_t slots,
                                                      std::function<void(std::size_t slot)> done);

}  // namespace lmi::invoke
