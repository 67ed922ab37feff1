#pragma once

#include "fleet/ids.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace lmi::sizing::simulate {

/// Environments and the place of the host each one is on, to be gone through in the order of their ids. They
/// come and go one by one and are gone through often, so they are an array that is put in order when it is
/// looked at.
class Residents {
 public:
  struct Resident {
    lmi::emulator::fleet::EnvironmentId id{};
    std::uint32_t host = 0;
    bool gone = false;
  };

  void put(lmi::emulator::fleet::EnvironmentId id, std::uint32_t host) { added_.push_back({id, host}); }

  /// Takes one out. Its host.
  /// Precondition: it is there.
  std::uint32_t take(lmi::emulator::fleet::EnvironmentId id) {
    const auto before = [](const Resident& one, lmi::emulator::fleet::EnvironmentId other) {
      return one.id < other;
    };
    auto found = std::lower_bound(ordered_.begin(), ordered_.end(), id, before);
    if (found == ordered_.end() || found->id != id || found->gone) {
      order();
      found = std::lower_bound(ordered_.begin(), ordered_.end(), id, before);
    }
    found->gone = true;
    ++gone_;
    return found->host;
  }

  /// All there are. Valid until the next change.
  std::span<const Resident> in_order() {
    order();
    return ordered_;
  }

 private:
  void order() {
    if (gone_ > 0) std::erase_if(ordered_, [](const Resident& resident) { return resident.gone; });
    gone_ = 0;
    if (added_.empty()) return;
    const auto less = [](const Resident& one, const Resident& other) { return one.id < other.id; };
    std::sort(added_.begin(), added_.end(), less);
    const auto middle = static_cast<std::ptrdiff_t>(ordered_.size());
    ordered_.insert(ordered_.end(), added_.begin(), added_.end());
    added_.clear();
    std::inplace_merge(ordered_.begin(), ordered_.begin() + middle, ordered_.end(), less);
  }

  std::vector<Resident> ordered_;
  std::vector<Resident> added_;
  std::size_t gone_ = 0;  // of ordered_
};

}  // namespace lmi::sizing::simulate
