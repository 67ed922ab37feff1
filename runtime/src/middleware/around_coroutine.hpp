#pragma once

#include "lmi/async.hpp"
#include "lmi/middleware.hpp"

#include <vector>

namespace lmi::middleware {

/// `handler` with `middleware` around it; `handler` itself when there is none. Throws as Chain does. The
/// function has to stay where it is until every call is over.
detail::AsyncFunction around(detail::AsyncFunction handler, const std::vector<Middleware*>& middleware);

}  // namespace lmi::middleware
