#pragma once

// Acquiring from a coroutine handler.

#include "lmi/async.hpp"
#include "lmi/pool.hpp"

namespace lmi {

namespace detail {
Task<PoolResult<PoolGrant>> acquire_grant(PoolCore& core, AcquireLimits limits);
}

/// Pool<T>::acquire() without holding a thread:
///
///     auto connection = (co_await lmi::async_acquire(pool, lmi::AcquireLimits::of(context))).value();
///
/// Threads:  resumes on the coroutine's own executor (in a handler: the invocation's strand).
/// Lifetime: the pool must outlive the coroutine. A coroutine that is cancelled or destroyed while it
///           waits leaves the queue; a connection that was on its way to it goes to the next waiter.
/// Braces:   AcquireLimits is no aggregate, so that no braced one can be written here: g++ 12 destroys an
///           aggregate temporary inside a co_await expression twice, one of a default argument likewise.
/// Errors:   as acquire(); Asio cancellation throws boost::system::system_error(operation_aborted), as every
///           awaited operation does.
template <class T>
Task<PoolResult<Lease<T>>> async_acquire(Pool<T>& pool, AcquireLimits limits = {}) {
  auto grant = co_await detail::acquire_grant(pool.handle().core(), std::move(limits));
  if (!grant) co_return std::move(grant).error();
  co_return Pool<T>::adopt(*grant);
}

}  // namespace lmi
