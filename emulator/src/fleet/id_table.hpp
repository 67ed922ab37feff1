#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

namespace lmi::emulator::fleet {

/// Things under ids it hands out itself, 1, 2, 3, …, never twice. Finding one costs O(1) and visiting goes in
/// the order of the ids, so that no decision depends on a hash. References stay valid until erase().
template <class Id, class T>
class IdTable {
 public:
  /// `make` gets the id and returns the thing.
  template <class Make>
  T& add(Make make) {
    const Id id{first_ + slots_.size()};
    slots_.push_back(std::make_unique<T>(make(id)));
    ++size_;
    return *slots_.back();
  }

  T* find(Id id) noexcept { return const_cast<T*>(std::as_const(*this).find(id)); }
  const T* find(Id id) const noexcept {
    // Below `first_` the difference wraps to more than any size.
    const std::uint64_t index = static_cast<std::uint64_t>(id) - first_;
    return index < slots_.size() ? slots_[static_cast<std::size_t>(index)].get() : nullptr;
  }

  /// Precondition: there is one.
  T& at(Id id) { return *find(id); }
  const T& at(Id id) const { return *find(id); }

  void erase(Id id) {
    const std::uint64_t index = static_cast<std::uint64_t>(id) - first_;
    if (index >= slots_.size() || !slots_[static_cast<std::size_t>(index)]) return;
    slots_[static_cast<std::size_t>(index)].reset();
    --size_;
    for (; !slots_.empty() && !slots_.front(); ++first_) slots_.pop_front();
  }

  std::size_t size() const noexcept { return size_; }

  /// `visit` must not add or erase.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& slot : slots_) {
      if (slot) visit(std::as_const(*slot));
    }
  }
  template <class Visit>
  void for_each(Visit visit) {
    for (const auto& slot : slots_) {
      if (slot) visit(*slot);
    }
  }

 private:
  std::deque<std::unique_ptr<T>> slots_;  // null: erased
  std::uint64_t first_ = 1;               // the id of slots_[0]
  std::size_t size_ = 0;
};

}  // namespace lmi::emulator::fleet
