#pragma once

#include "fleet/ids.hpp"

#include <cstddef>
#include <map>
#include <optional>

namespace lmi::emulator::fleet {

/// Calls of one version that wait for a slot, first come first served. All wait equally long at most, so the
/// first is also the first to be given up.
class CallQueue {
 public:
  void push(CallId call, Time deadline) { waiting_.emplace_hint(waiting_.end(), call, deadline); }
  bool remove(CallId call) { return waiting_.erase(call) > 0; }

  bool empty() const noexcept { return waiting_.empty(); }
  std::size_t size() const noexcept { return waiting_.size(); }

  /// Precondition: not empty.
  CallId front() const { return waiting_.begin()->first; }
  void pop() { waiting_.erase(waiting_.begin()); }

  std::optional<Time> next_deadline() const {
    return waiting_.empty() ? std::nullopt : std::optional{waiting_.begin()->second};
  }

 private:
  std::map<CallId, Time> waiting_;  // ids grow, so this is the order of arrival
};

}  // namespace lmi::emulator::fleet
