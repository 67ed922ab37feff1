#include "counting_new.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> count{0};

}  // namespace

// In a file of its own: where a caller could be inlined beside them, g++ takes malloc and delete for a
// mismatch.
void* operator new(std::size_t size) {
  ++count;
  if (auto* memory = std::malloc(size)) return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

namespace lmi::test {

std::size_t allocations() noexcept {
  return count.load();
}

}  // namespace lmi::test
