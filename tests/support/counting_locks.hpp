#pragma once

#include <cstdint>

namespace lmi::test {

/// How often this thread has locked a pthread mutex so far. Link counting_locks.cpp; not under a sanitizer,
/// which has that function for itself.
std::uint64_t mutexes_locked() noexcept;

}  // namespace lmi::test
