#include "support/counting_locks.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>

namespace {
thread_local std::uint64_t locked = 0;
}

// std::mutex ends up here.
extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  using Lock = int (*)(pthread_mutex_t*);
  static std::atomic<Lock> next{nullptr};
  auto lock = next.load(std::memory_order_relaxed);
  if (lock == nullptr) {
    lock = reinterpret_cast<Lock>(::dlsym(RTLD_NEXT, "pthread_mutex_lock"));
    next.store(lock, std::memory_order_relaxed);
  }
  ++locked;
  return lock(mutex);
}

namespace lmi::test {

std::uint64_t mutexes_locked() noexcept {
  return locked;
}

}  // namespace lmi::test
