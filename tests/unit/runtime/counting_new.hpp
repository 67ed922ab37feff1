#pragma once

#include <cstddef>

namespace lmi::test {

/// How often this program has called operator new so far, on any thread. counting_new.cpp replaces it.
std::size_t allocations() noexcept;

}  // namespace lmi::test
