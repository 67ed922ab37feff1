#pragma once

#include "lmi/async.hpp"
#include "lmi/testing.hpp"

#include <string>
#include <utility>
#include <vector>

namespace lmi::testing {

namespace detail {
OverlapReport prove_async(lmi::detail::AsyncFunction handler, const std::vector<std::string>& events,
                          const OverlapOptions& options);
}

/// prove_overlap() for coroutine handlers. They have as many workers as there are ways, so that each may
/// block at an overlap_point(). Threads, lifetime, errors:
/// as there.
template <class Handler>
requires(lmi::detail::returns_task<Handler>) [[nodiscard]] OverlapReport
    prove_overlap(Handler&& handler, const std::vector<std::string>& events,
                  const OverlapOptions& options = {}) {
  return detail::prove_async(lmi::detail::erase_coroutine(std::forward<Handler>(handler)), events, options);
}

}  // namespace lmi::testing
