#include "pool/entry.hpp"

#include <algorithm>
#include <cstring>

namespace lmi::detail {

void begin_lease(PoolEntry& entry, const AcquireLimits& limits, SteadyTime now) noexcept {
  entry.deadline = limits.deadline;
  entry.stop = limits.stop;
  entry.leased_at.store(to_count(now), std::memory_order_relaxed);
  add_one(entry.uses);

  // Release stores throughout: a reader that sees one of the new words also sees the odd number, or a later
  // one.
  const auto number = entry.lease_number.load(std::memory_order_relaxed);
  entry.lease_number.store(number + 1, std::memory_order_relaxed);
  std::size_t copied = 0;
  const auto length = std::min(limits.request_id.size(), sizeof entry.request_id);
  for (auto& word : entry.request_id) {
    std::uint64_t bytes = 0;
    if (copied < length)
      std::memcpy(&bytes, limits.request_id.data() + copied, std::min(sizeof bytes, length - copied));
    word.store(bytes, std::memory_order_release);
    if (bytes == 0) break;  // ends the text
    copied += sizeof bytes;
  }
  entry.lease_number.store(number + 2, std::memory_order_release);
  entry.state.store(EntryState::leased, std::memory_order_release);
}

bool read_lease(const PoolEntry& entry, LeaseView& view) {
  view.number = entry.lease_number.load(std::memory_order_acquire);
  if (entry.state.load(std::memory_order_acquire) != EntryState::leased || view.number % 2 != 0) return false;
  view.since = to_time(entry.leased_at.load(std::memory_order_relaxed));
  std::array<std::uint64_t, 8> words{};
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i] = entry.request_id[i].load(std::memory_order_acquire);
    if (words[i] == 0) break;
  }
  const std::string_view text{reinterpret_cast<const char*>(words.data()), sizeof words};
  view.request_id = text.substr(0, text.find('\0'));
  return entry.lease_number.load(std::memory_order_relaxed) == view.number;
}

}  // namespace lmi::detail
