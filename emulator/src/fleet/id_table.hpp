#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

namespace lmi::emulator::fleet {

/// Things under ids it hands out itself, 1, 2, 3, …, never twice. Finding one costs O(1) and visiting goes in
/// the order of the ids, so that no decision depends on a hash. References stay valid until erase().
///
/// Neighbours lie side by side, a chunk at a time: who goes through ten thousand of them in the order of
/// their ids (as reports of load do, every few seconds) reads memory forwards, which the processor fetches
/// ahead.
template <class Id, class T>
class IdTable {
 public:
  /// `make` gets the id and returns the thing.
  template <class Make>
  T& add(Make make) {
    const std::uint64_t index = next_ - first_;
    if (index == chunks_.size() * chunk_size) {
      chunks_.push_back(std::make_unique<Chunk>());
      if (chunks_.size() > 1) drop_if_unused(chunks_[chunks_.size() - 2]);
    }
    Chunk& chunk = *chunks_.back();
    T& added = chunk.slots[index % chunk_size].emplace(make(Id{next_}));
    ++chunk.used;
    ++next_;
    ++size_;
    return added;
  }

  T* find(Id id) noexcept { return const_cast<T*>(std::as_const(*this).find(id)); }
  const T* find(Id id) const noexcept {
    // Below `first_` the difference wraps to more than any size.
    const std::uint64_t index = static_cast<std::uint64_t>(id) - first_;
    if (index >= next_ - first_) return nullptr;
    const auto& chunk = chunks_[static_cast<std::size_t>(index / chunk_size)];
    if (!chunk) return nullptr;
    const auto& slot = chunk->slots[index % chunk_size];
    return slot ? &*slot : nullptr;
  }

  /// Precondition: there is one.
  T& at(Id id) { return *find(id); }
  const T& at(Id id) const { return *find(id); }

  void erase(Id id) {
    if (find(id) == nullptr) return;
    const std::uint64_t index = static_cast<std::uint64_t>(id) - first_;
    auto& chunk = chunks_[static_cast<std::size_t>(index / chunk_size)];
    chunk->slots[index % chunk_size].reset();
    --chunk->used;
    --size_;
    if (chunk != chunks_.back()) drop_if_unused(chunk);  // to the newest the next id goes
  }

  std::size_t size() const noexcept { return size_; }

  /// `visit` must not add or erase.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& chunk : chunks_) {
      if (!chunk) continue;
      for (const auto& slot : chunk->slots) {
        if (slot) visit(*slot);
      }
    }
  }

 private:
  static constexpr std::uint64_t chunk_size = 64;
  struct Chunk {
    std::array<std::optional<T>, chunk_size> slots;
    std::uint64_t used = 0;  // of the slots
  };

  void drop_if_unused(std::unique_ptr<Chunk>& chunk) {
    if (!chunk || chunk->used > 0) return;
    chunk.reset();
    for (; !chunks_.front(); first_ += chunk_size) chunks_.pop_front();
  }

  std::deque<std::unique_ptr<Chunk>> chunks_;  // null: all of it was erased
  std::uint64_t first_ = 1;                    // the id of the first slot of chunks_[0]
  std::uint64_t next_ = 1;
  std::size_t size_ = 0;
};

}  // namespace lmi::emulator::fleet
