#pragma once

#include "fleet/ids.hpp"

#include <cstdint>
#include <deque>
#include <functional>

namespace lmi::emulator::fleet {

/// A level that changes at known times, and its exact mean over a window: whole numbers only. Changing the
/// level costs a multiplication, whatever the window.
class Signal {
 public:
  /// The level from `now` on. `now` never goes back.
  void set(std::uint64_t level, Time now) noexcept {
    advance(now);
    level_ = level;
  }
  void add(std::uint64_t amount, Time now) noexcept { set(level_ + amount, now); }
  /// Precondition: the level is at least `amount`.
  void subtract(std::uint64_t amount, Time now) noexcept { set(level_ - amount, now); }

  std::uint64_t level() const noexcept { return level_; }

  /// Remembers this moment, and forgets what no mean over `window` will need.
  void sample(Time now, Time window);
  /// The mean since the oldest sample within `window`, or the one just before; the level when there is none.
  std::uint64_t mean(Time now, Time window) const noexcept;

 private:
  struct Sample {
    Time time;
    std::uint64_t area;
  };
  void advance(Time now) noexcept {
    // Wraps after long loads; only differences are used, and those are right modulo 2^64.
    area_ += level_ * static_cast<std::uint64_t>((now - since_).count());
    since_ = now;
  }

  std::uint64_t level_ = 0;
  std::uint64_t area_ = 0;  // level × microseconds up to since_
  Time since_{};
  std::deque<Sample> samples_;
};

/// The largest value of the last while, or with std::less the smallest: each insertion costs O(1) on average.
template <class Beats = std::greater<>>
class SlidingExtreme {
 public:
  void insert(std::uint64_t value, Time now, Time window) {
    while (!values_.empty() && !Beats{}(values_.back().value, value)) values_.pop_back();
    values_.push_back({now, value});
    while (values_.front().time < now - window) values_.pop_front();
  }
  /// Precondition: something was inserted. Values older than the window of the last insertion do not count.
  std::uint64_t get() const noexcept { return values_.front().value; }

 private:
  struct Entry {
    Time time;
    std::uint64_t value;
  };
  std::deque<Entry> values_;  // each beats all that came after it
};

}  // namespace lmi::emulator::fleet
