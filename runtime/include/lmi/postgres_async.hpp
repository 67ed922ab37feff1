#pragma once

// PostgreSQL queries for coroutine handlers. Component lmi::postgres.

#include "lmi/async.hpp"
#include "lmi/postgres.hpp"

#include <string>
#include <utility>
#include <vector>

namespace lmi::postgres {

/// Connection::query() without holding a thread while the server works.
///
/// Threads:  resumes on the coroutine's own executor (in a handler: the invocation's strand).
/// Lifetime: the connection must stay leased until it resumes. The coroutine owns the rest.
/// Errors:   as Connection::query(). A coroutine that is cancelled or destroyed meanwhile leaves the session
/// in the
///           middle of the statement: the pool cancels it and closes the session.
Task<QueryResult<Rows>> async_query(Connection& connection, AcquireLimits limits, std::string sql,
                                    std::vector<Parameter> parameters = {});

}  // namespace lmi::postgres
