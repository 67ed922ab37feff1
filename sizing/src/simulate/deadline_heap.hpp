#pragma once

#include "simulate/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace lmi::sizing::simulate {

/// The earliest of many deadlines that keep changing, one for each small number: O(log n) a change. Equal
/// ones come in the order of their numbers.
class DeadlineHeap {
 public:
  void set(std::uint32_t key, std::optional<Time> deadline) {
    if (key >= places_.size()) places_.resize(key + std::size_t{1}, nowhere);
    std::size_t place = places_[key];
    if (!deadline) {
      if (place != nowhere) remove(place);
      return;
    }
    if (place == nowhere) {
      place = heap_.size();
      heap_.push_back({*deadline, key});
      places_[key] = place;
    } else {
      heap_[place].deadline = *deadline;
    }
    sift_down(sift_up(place));
  }

  bool empty() const noexcept { return heap_.empty(); }
  Time earliest() const noexcept { return heap_.empty() ? Time::max() : heap_.front().deadline; }
  /// Precondition: not empty.
  std::uint32_t key() const noexcept { return heap_.front().key; }

 private:
  static constexpr std::size_t nowhere = ~std::size_t{0};
  struct Entry {
    Time deadline;
    std::uint32_t key;
    bool before(const Entry& other) const noexcept {
      return deadline != other.deadline ? deadline < other.deadline : key < other.key;
    }
  };

  void place(std::size_t at, Entry entry) {
    heap_[at] = entry;
    places_[entry.key] = at;
  }
  std::size_t sift_up(std::size_t at) {
    const Entry moved = heap_[at];
    for (; at > 0 && moved.before(heap_[(at - 1) / 2]); at = (at - 1) / 2) place(at, heap_[(at - 1) / 2]);
    place(at, moved);
    return at;
  }
  void sift_down(std::size_t at) {
    const Entry moved = heap_[at];
    while (2 * at + 1 < heap_.size()) {
      std::size_t child = 2 * at + 1;
      if (child + 1 < heap_.size() && heap_[child + 1].before(heap_[child])) ++child;
      if (!heap_[child].before(moved)) break;
      place(at, heap_[child]);
      at = child;
    }
    place(at, moved);
  }
  void remove(std::size_t at) {
    places_[heap_[at].key] = nowhere;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (at == heap_.size()) return;
    place(at, last);
    sift_down(sift_up(at));
  }

  std::vector<Entry> heap_;
  std::vector<std::size_t> places_;
};

}  // namespace lmi::sizing::simulate
