#pragma once

#include <atomic>

namespace lmi::testing {

namespace detail {
/// What overlap_point() calls; set while the overlap prover runs.
inline std::atomic<void (*)()> overlap_hook{nullptr};
}  // namespace detail

/// Marks a place in a handler where the overlap prover (<lmi/testing.hpp>) lets all invocations meet before
/// any goes on: between a write and the read that relies on it, for instance. Without a prover it does
/// nothing; it costs one load and needs no library, so it may stay in production code.
///
/// Threads: the invocation's own. In a coroutine handler it blocks, which the prover has threads for.
inline void overlap_point() {
  if (auto* hook = detail::overlap_hook.load(std::memory_order_acquire)) hook();
}

}  // namespace lmi::testing
