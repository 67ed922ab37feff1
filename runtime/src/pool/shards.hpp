#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace lmi::pool {

/// Which entries are idle, and in which vCPU's cache: a bit an entry and shard. An entry's bit is set in one
/// shard at most; whoever clears it owns the entry.
///
/// Taking and putting are one atomic instruction each on a cache line that, as long as nobody steals, belongs
/// to one vCPU. Low entries are preferred, so that what a falling load no longer needs stays idle and times
/// out.
///
/// Threads: any, at the same time. Order: all operations are sequentially consistent, which the pool's
/// hand-off to
///          waiters relies on (see PoolCore::make_idle).
class Shards {
 public:
  Shards(std::size_t shards, std::size_t entries);

  /// The cache of the vCPU this thread is on right now.
  [[nodiscard]] std::size_t mine() const noexcept;

  void put(std::size_t shard, std::uint32_t entry) noexcept;

  /// One from `preferred`, else from the others in turn; nothing when none is idle.
  [[nodiscard]] std::optional<std::uint32_t> claim_any(std::size_t preferred) noexcept;

  /// This one, wherever it is; false when it is not idle any more.
  [[nodiscard]] bool claim(std::uint32_t entry) noexcept;

  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  using Word = std::atomic<std::uint64_t>;
  static constexpr std::size_t bits = 64;
  static constexpr std::size_t words_per_line = 64 / sizeof(Word);
  struct alignas(64) Line {
    Word words[words_per_line]{};
  };

  [[nodiscard]] Word& word(std::size_t shard, std::size_t index) noexcept {
    return lines_[shard * lines_per_shard_ + index / words_per_line].words[index % words_per_line];
  }
  [[nodiscard]] std::optional<std::uint32_t> claim_in(std::size_t shard) noexcept;

  const std::size_t count_;
  const std::size_t words_per_shard_;
  const std::size_t lines_per_shard_;
  std::unique_ptr<Line[]> lines_;
};

}  // namespace lmi::pool
