#pragma once

#include "events/parameters.hpp"

#include <algorithm>
#include <chrono>

namespace lmi::emulator::events {

/// How many invocations of one function may be under way at once: finds out how many slots it has by trying.
/// Each success allows one more, a throttle no more than were running when it came; a throttle with nothing
/// running is answered by a pause that doubles. Pure: no clock.
class AttemptWindow {
 public:
  struct Limits {
    unsigned start = 8;
    unsigned most = 1000;  ///< AWS documentation: the concurrency of a new account.
    std::chrono::milliseconds delay{};
    std::chrono::milliseconds max_delay{};
  };
  explicit AttemptWindow(const Limits& limits)
      : limits_{limits}, size_{std::min(limits.start, limits.most)} {}

  bool has_room(unsigned under_way) const noexcept { return under_way < size_; }
  unsigned size() const noexcept { return size_; }

  void succeeded() noexcept {
    size_ = std::min(size_ + 1, limits_.most);
    delay_ = {};
  }

  /// `under_way`: what still runs after this one came back. The pause before the next attempt; zero: the next
  /// one that ends tells that there is a slot.
  std::chrono::milliseconds throttled(unsigned under_way) noexcept {
    size_ = std::max(under_way, 1U);
    if (under_way > 0) return {};
    delay_ = delay_.count() == 0 ? limits_.delay : std::min(delay_ * 2, limits_.max_delay);
    return delay_;
  }

 private:
  Limits limits_;
  unsigned size_;
  std::chrono::milliseconds delay_{};
};

}  // namespace lmi::emulator::events
