#pragma once

#include "lmi/pool_options.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

namespace lmi::detail {

enum class EntryState : std::uint8_t {
  vacant,      ///< No connection.
  connecting,  ///< The connect hook runs, or is about to.
  idle,        ///< In a cache: whoever clears its bit owns it.
  leased,      ///< Somebody has it.
  checking,    ///< The health check or the reset hook runs, or is about to.
  closing,     ///< About to be destroyed; still counts against max_size.
};

/// One of the pool's max_size places for a connection.
///
/// Threads: an entry has one owner at a time: a cache's bit, a lease, a job, or the pool's lock while vacant.
/// The plain members are the owner's. The atomic ones are written by the owner and read by housekeeping and
/// metrics.
struct alignas(64) PoolEntry {
  using Nanoseconds = std::chrono::steady_clock::duration::rep;

  std::uint32_t index = 0;
  void* resource = nullptr;
  SteadyTime deadline{};   ///< Of the lease: given back later means overrun.
  std::stop_token stop{};  ///< Of the lease.

  std::atomic<EntryState> state{EntryState::vacant};
  std::atomic<Nanoseconds> idle_since{0};
  std::atomic<Nanoseconds> expires_at{0};
  std::atomic<Nanoseconds> leased_at{0};
  std::atomic<std::uint64_t> uses{0};
  std::atomic<std::uint32_t> returning{0};  ///< Threads between putting it into a cache and leaving the pool.

  /// Odd while request_id is being written; housekeeping reads the same even number before and after.
  std::atomic<std::uint32_t> lease_number{0};
  std::array<std::atomic<std::uint64_t>, 8> request_id{};
  std::uint32_t reported_lease = 0;  ///< Housekeeping's: the lease it has warned about.
};

inline PoolEntry::Nanoseconds to_count(SteadyTime time) noexcept {
  return time.time_since_epoch().count();
}
inline SteadyTime to_time(PoolEntry::Nanoseconds count) noexcept {
  return SteadyTime{std::chrono::steady_clock::duration{count}};
}

/// `count` must be the owner's to change; saves the locked instruction of a fetch_add.
inline void add_one(std::atomic<std::uint64_t>& count) noexcept {
  count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

/// Makes the entry a lease of whoever `limits` names. By its owner.
void begin_lease(PoolEntry& entry, const AcquireLimits& limits, SteadyTime now) noexcept;

/// Who has the entry and since when, unless that changed while it was read.
struct LeaseView {
  std::uint32_t number = 0;
  SteadyTime since{};
  std::string request_id{};
};
bool read_lease(const PoolEntry& entry, LeaseView& view);

}  // namespace lmi::detail
