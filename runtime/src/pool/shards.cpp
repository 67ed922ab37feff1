#include "pool/shards.hpp"

#include <sched.h>

#include <bit>

namespace lmi::pool {

Shards::Shards(std::size_t shards, std::size_t entries)
    : count_{shards},
      words_per_shard_{(entries + bits - 1) / bits},
      lines_per_shard_{(words_per_shard_ + words_per_line - 1) / words_per_line},
      lines_{std::make_unique<Line[]>(count_ * lines_per_shard_)} {}

std::size_t Shards::mine() const noexcept {
  if (count_ == 1) return 0;
  const int cpu = ::sched_getcpu();
  return cpu < 0 ? 0 : static_cast<std::size_t>(cpu) % count_;
}

void Shards::put(std::size_t shard, std::uint32_t entry) noexcept {
  word(shard, entry / bits).fetch_or(std::uint64_t{1} << (entry % bits));
}

std::optional<std::uint32_t> Shards::claim_in(std::size_t shard) noexcept {
  for (std::size_t index = 0; index < words_per_shard_; ++index) {
    auto& idle = word(shard, index);
    for (auto seen = idle.load(); seen != 0;) {
      const auto lowest = seen & (~seen + 1);
      const auto before = idle.fetch_and(~lowest);
      if ((before & lowest) != 0)
        return static_cast<std::uint32_t>(index * bits + static_cast<std::size_t>(std::countr_zero(lowest)));
      seen = before;  // somebody was faster
    }
  }
  return std::nullopt;
}

std::optional<std::uint32_t> Shards::claim_any(std::size_t preferred) noexcept {
  for (std::size_t step = 0; step < count_; ++step)
    if (const auto entry = claim_in((preferred + step) % count_)) return entry;
  return std::nullopt;
}

bool Shards::claim(std::uint32_t entry) noexcept {
  const auto bit = std::uint64_t{1} << (entry % bits);
  for (std::size_t shard = 0; shard < count_; ++shard)
    if ((word(shard, entry / bits).fetch_and(~bit) & bit) != 0) return true;
  return false;
}

}  // namespace lmi::pool
