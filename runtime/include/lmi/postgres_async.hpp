#pragma once

// PostgreSQL queries for coroutine handlers. Component lmi::postgres.

#include "lmi/async.hpp"
#include "lmi/postgres.hpp"

#include <string>
#include <utility>
#include <vector>

namespace lmi::postgres {

/// Connection::query_with() without holding a thread while the server works.
///
/// Threads:  resumes on the coroutine's own executor (in a handler: the invocation's strand).
/// Lifetime: the connection must stay leased until it resumes. The coroutine owns the rest.
/// Errors:   as Connection::query(). A coroutine that is cancelled or destroyed meanwhile leaves the
///           session in the middle of the statement: the pool cancels it and closes the session.
Task<QueryResult<Rows>> async_query_with(Connection& connection, AcquireLimits limits, std::string sql,
                                         std::vector<Parameter> parameters);

/// The same with the parameters one by one:
///
///     auto rows = (co_await async_query(*connection, limits, "SELECT name FROM item WHERE id = $1",
///     42)).value();
template <class... Values>
Task<QueryResult<Rows>> async_query(Connection& connection, AcquireLimits limits, std::string sql,
                                    const Values&... values) {
  std::vector<Parameter> parameters;
  parameters.reserve(sizeof...(Values));
  (parameters.emplace_back(values), ...);
  return async_query_with(connection, std::move(limits), std::move(sql), std::move(parameters));
}

}  // namespace lmi::postgres
