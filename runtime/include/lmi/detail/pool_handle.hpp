#pragma once

// The pool without its type: what Pool<T> and Lease<T> stand on. Not for users.

#include "lmi/pool_metrics.hpp"
#include "lmi/pool_options.hpp"

#include <functional>
#include <memory>

namespace lmi::detail {

struct PoolEntry;
class PoolCore;
class PoolThreads;

/// The hooks of Pool<T>, with T forgotten. A hook that is empty is not called.
struct ErasedPoolHooks {
  std::function<Result<void*>(const ConnectLimits&)> connect{};
  void (*destroy)(void*) = nullptr;
  std::function<bool(void*, SteadyTime)> healthy{};
  std::function<bool(void*, SteadyTime)> reset{};
  std::function<OnReturn(void*)> inspect{};
  std::function<bool(void*)> usable{};
};

/// A connection that somebody holds. Plain values: whoever has it must give it back once.
struct PoolGrant {
  PoolCore* core = nullptr;
  PoolEntry* entry = nullptr;
  void* resource = nullptr;
};

/// Gives it back. Never throws, never waits for the network.
void give_back(const PoolGrant& grant, bool poisoned, bool by_exception) noexcept;

/// Owns a pool's state and its threads.
class PoolHandle {
 public:
  PoolHandle(PoolOptions options, ErasedPoolHooks hooks);
  ~PoolHandle();
  PoolHandle(const PoolHandle&) = delete;
  PoolHandle& operator=(const PoolHandle&) = delete;

  PoolResult<PoolGrant> acquire(const AcquireLimits& limits);
  Result<void> warm_up(SteadyTime deadline);
  void close() noexcept;
  bool drain(SteadyTime deadline) noexcept;
  [[nodiscard]] PoolMetrics metrics() const;
  [[nodiscard]] const PoolOptions& options() const noexcept;
  [[nodiscard]] PoolCore& core() noexcept { return *core_; }

 private:
  PoolCore* core_;  ///< Deleted by the destructor, or by the last lease when that comes later.
  std::unique_ptr<PoolThreads> threads_;
};

}  // namespace lmi::detail
