#pragma once

// Redis commands for coroutine handlers. Component lmi::redis.

#include "lmi/async.hpp"
#include "lmi/redis.hpp"

#include <utility>

namespace lmi::redis {

/// Connection::command() without holding a thread while the server works.
///
/// Threads:  resumes on the coroutine's own executor (in a handler: the invocation's strand).
/// Lifetime: the connection must stay leased until it resumes. The coroutine owns the rest.
/// Errors:   as Connection::command(). A coroutine that is cancelled or destroyed meanwhile leaves the
///           connection in the middle of the exchange: the pool closes it.
Task<CommandResult<Reply>> async_send(Connection& connection, AcquireLimits limits, Command command);

/// The same with the words one by one:
///
///     auto price = (co_await async_command(*cache, limits, "GET", "price:42")).value();
template <class... Words>
Task<CommandResult<Reply>> async_command(Connection& connection, AcquireLimits limits,
                                         const Words&... words) {
  Command command;
  command.reserve(sizeof...(Words));
  (command.emplace_back(words), ...);
  return async_send(connection, std::move(limits), std::move(command));
}

}  // namespace lmi::redis
